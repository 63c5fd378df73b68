-- What a database held under version 0.1.0: pg_dump of one reconciliation with two runs, a third after a row
-- had changed, a strategy and an operator of its own, a view and a table that use the extension. Frozen with
-- that release; load it where the extension is already installed in that version.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE EXTENSION IF NOT EXISTS recon WITH SCHEMA public;
COMMENT ON EXTENSION recon IS 'finds anomalous reconciliation breaks, explains them and learns from what operators decide';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.cash (
    value_date date NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    ledger numeric,
    statement numeric,
    remark text
);
ALTER TABLE public.cash OWNER TO postgres;
CREATE VIEW public.cash_verdict WITH (security_invoker='true') AS
 SELECT source.value_date,
    source.account,
    source.currency,
    source.ledger,
    source.statement,
    source.remark,
    verdict.is_anomaly AS "Anomaly",
    verdict.reason AS "Reason",
    verdict.recommended_action AS "Recommended Action",
    verdict.break_id
   FROM (( SELECT cash.value_date,
            cash.account,
            cash.currency,
            cash.ledger,
            cash.statement,
            cash.remark,
            jsonb_build_object('account', cash.account, 'currency', cash.currency) AS recon_key,
            cash.value_date AS recon_date,
            row_number() OVER (PARTITION BY cash.account, cash.currency, cash.value_date ORDER BY (cash.ledger - cash.statement), ((abs((cash.ledger - cash.statement)) > '1'::numeric) IS NOT FALSE)) AS recon_occurrence
           FROM public.cash) source
     LEFT JOIN recon.break verdict ON (((verdict.reconciliation_id = 1) AND verdict.is_open AND (verdict.break_date = source.recon_date) AND (verdict.key = source.recon_key) AND (verdict.occurrence = source.recon_occurrence))));
ALTER TABLE public.cash_verdict OWNER TO postgres;
CREATE TABLE public.kept (
    account text,
    series public.recon_series
);
ALTER TABLE public.kept OWNER TO postgres;
CREATE TABLE recon.break_2024_02 (
    break_id bigint NOT NULL,
    reconciliation_id integer NOT NULL,
    key_hash bigint NOT NULL,
    key jsonb NOT NULL,
    break_date date NOT NULL,
    occurrence integer NOT NULL,
    measure text NOT NULL,
    observed numeric,
    expected numeric,
    lower numeric,
    upper numeric,
    direction smallint NOT NULL,
    score double precision,
    p_value double precision,
    q_value double precision,
    is_anomaly boolean NOT NULL,
    severity text NOT NULL,
    pattern text NOT NULL,
    runner_up text,
    category text NOT NULL,
    flags text[] NOT NULL,
    contributions jsonb NOT NULL,
    basis text NOT NULL,
    history_n integer NOT NULL,
    reason text NOT NULL,
    recommended_action text NOT NULL,
    currency text,
    is_open boolean DEFAULT true NOT NULL,
    first_run_id bigint NOT NULL,
    run_id bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE recon.break_2024_02 OWNER TO postgres;
CREATE TABLE recon.break_2024_03 (
    break_id bigint NOT NULL,
    reconciliation_id integer NOT NULL,
    key_hash bigint NOT NULL,
    key jsonb NOT NULL,
    break_date date NOT NULL,
    occurrence integer NOT NULL,
    measure text NOT NULL,
    observed numeric,
    expected numeric,
    lower numeric,
    upper numeric,
    direction smallint NOT NULL,
    score double precision,
    p_value double precision,
    q_value double precision,
    is_anomaly boolean NOT NULL,
    severity text NOT NULL,
    pattern text NOT NULL,
    runner_up text,
    category text NOT NULL,
    flags text[] NOT NULL,
    contributions jsonb NOT NULL,
    basis text NOT NULL,
    history_n integer NOT NULL,
    reason text NOT NULL,
    recommended_action text NOT NULL,
    currency text,
    is_open boolean DEFAULT true NOT NULL,
    first_run_id bigint NOT NULL,
    run_id bigint NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE recon.break_2024_03 OWNER TO postgres;
CREATE TABLE recon.score_2024_02 (
    break_id bigint NOT NULL,
    break_date date NOT NULL,
    reconciliation_id integer NOT NULL,
    run_id bigint NOT NULL,
    detector text NOT NULL,
    ln_p double precision,
    share double precision NOT NULL
);
ALTER TABLE recon.score_2024_02 OWNER TO postgres;
CREATE TABLE recon.score_2024_03 (
    break_id bigint NOT NULL,
    break_date date NOT NULL,
    reconciliation_id integer NOT NULL,
    run_id bigint NOT NULL,
    detector text NOT NULL,
    ln_p double precision,
    share double precision NOT NULL
);
ALTER TABLE recon.score_2024_03 OWNER TO postgres;
ALTER TABLE ONLY recon.break ATTACH PARTITION recon.break_2024_02 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
ALTER TABLE ONLY recon.break ATTACH PARTITION recon.break_2024_03 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
ALTER TABLE ONLY recon.score ATTACH PARTITION recon.score_2024_02 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
ALTER TABLE ONLY recon.score ATTACH PARTITION recon.score_2024_03 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
COPY public.cash (value_date, account, currency, ledger, statement, remark) FROM stdin;
2024-02-10	A1	EUR	1000	1000	\N
2024-02-11	A1	EUR	1001	1003	\N
2024-02-12	A1	EUR	1002	1002	\N
2024-02-13	A1	EUR	1003	1003	\N
2024-02-14	A1	EUR	1004	1004	\N
2024-02-15	A1	EUR	1005	1005	\N
2024-02-16	A1	EUR	1006	1011	\N
2024-02-17	A1	EUR	1007	1007	\N
2024-02-18	A1	EUR	1008	1008	\N
2024-02-19	A1	EUR	1009	1009	\N
2024-02-20	A1	EUR	1010	1010	\N
2024-02-21	A1	EUR	1011	1015	\N
2024-02-22	A1	EUR	1012	1012	\N
2024-02-23	A1	EUR	1013	1013	\N
2024-02-24	A1	EUR	1014	1014	\N
2024-02-25	A1	EUR	1015	1015	\N
2024-02-26	A1	EUR	1016	1019	\N
2024-02-27	A1	EUR	1017	1017	\N
2024-02-28	A1	EUR	1018	1018	\N
2024-02-29	A1	EUR	1019	1019	\N
2024-03-01	A1	EUR	1020	1020	\N
2024-03-02	A1	EUR	1021	1023	\N
2024-03-03	A1	EUR	1022	1022	\N
2024-03-04	A1	EUR	1023	1023	\N
2024-03-05	A1	EUR	1024	1024	\N
2024-03-06	A1	EUR	1025	1025	\N
2024-03-07	A1	EUR	1026	1031	\N
2024-03-08	A1	EUR	1027	1027	\N
2024-03-09	A1	EUR	1028	1028	\N
2024-02-10	A2	USD	1000	1000	\N
2024-02-11	A2	USD	1001	1001	\N
2024-02-12	A2	USD	1002	1004	\N
2024-02-13	A2	USD	1003	1003	\N
2024-02-14	A2	USD	1004	1004	\N
2024-02-15	A2	USD	1005	1005	\N
2024-02-16	A2	USD	1006	1006	\N
2024-02-17	A2	USD	1007	1012	\N
2024-02-18	A2	USD	1008	1008	\N
2024-02-19	A2	USD	1009	1009	\N
2024-02-20	A2	USD	1010	1010	\N
2024-02-21	A2	USD	1011	1011	\N
2024-02-22	A2	USD	1012	1016	\N
2024-02-23	A2	USD	1013	1013	\N
2024-02-24	A2	USD	1014	1014	\N
2024-02-25	A2	USD	1015	1015	\N
2024-02-26	A2	USD	1016	1016	\N
2024-02-27	A2	USD	1017	1020	\N
2024-02-28	A2	USD	1018	1018	\N
2024-02-29	A2	USD	1019	1019	\N
2024-03-01	A2	USD	1020	1020	\N
2024-03-02	A2	USD	1021	1021	\N
2024-03-03	A2	USD	1022	1024	\N
2024-03-04	A2	USD	1023	1023	\N
2024-03-05	A2	USD	1024	1024	\N
2024-03-06	A2	USD	1025	1025	\N
2024-03-08	A2	USD	1027	1032	\N
2024-03-09	A2	USD	1028	1028	\N
2024-02-10	A3	EUR	1000	1000	\N
2024-02-11	A3	EUR	1001	1001	\N
2024-02-12	A3	EUR	1002	1002	\N
2024-02-13	A3	EUR	1003	1005	\N
2024-02-14	A3	EUR	1004	1004	\N
2024-02-15	A3	EUR	1005	1005	\N
2024-02-16	A3	EUR	1006	1006	\N
2024-02-17	A3	EUR	1007	1007	\N
2024-02-18	A3	EUR	1008	1013	\N
2024-02-19	A3	EUR	1009	1009	\N
2024-02-20	A3	EUR	1010	1010	\N
2024-02-21	A3	EUR	1011	1011	\N
2024-02-22	A3	EUR	1012	1012	\N
2024-02-23	A3	EUR	1013	1017	\N
2024-02-24	A3	EUR	1014	1014	\N
2024-02-25	A3	EUR	1015	1015	\N
2024-02-26	A3	EUR	1016	1016	\N
2024-02-27	A3	EUR	1017	1017	\N
2024-02-28	A3	EUR	1018	1021	\N
2024-02-29	A3	EUR	1019	1019	\N
2024-03-01	A3	EUR	1020	1020	\N
2024-03-02	A3	EUR	1021	1021	\N
2024-03-03	A3	EUR	1022	1022	\N
2024-03-04	A3	EUR	1023	1025	\N
2024-03-05	A3	EUR	1024	1024	\N
2024-03-06	A3	EUR	1025	1025	\N
2024-03-07	A3	EUR	1026	1026	\N
2024-03-08	A3	EUR	1027	1027	\N
2024-03-09	A3	EUR	1028	1033	\N
2024-02-10	A4	USD	1000	1000	\N
2024-02-11	A4	USD	1001	1001	\N
2024-02-12	A4	USD	1002	1002	\N
2024-02-13	A4	USD	1003	1003	\N
2024-02-14	A4	USD	1004	1006	\N
2024-02-15	A4	USD	1005	1005	\N
2024-02-16	A4	USD	1006	1006	\N
2024-02-17	A4	USD	1007	1007	\N
2024-02-18	A4	USD	1008	1008	\N
2024-02-19	A4	USD	1009	1014	\N
2024-02-20	A4	USD	1010	1010	\N
2024-02-21	A4	USD	1011	1011	\N
2024-02-22	A4	USD	1012	1012	\N
2024-02-23	A4	USD	1013	1013	\N
2024-02-24	A4	USD	1014	1018	\N
2024-02-25	A4	USD	1015	1015	\N
2024-02-26	A4	USD	1016	1016	\N
2024-02-27	A4	USD	1017	1017	\N
2024-02-28	A4	USD	1018	1018	\N
2024-02-29	A4	USD	1019	1022	\N
2024-03-01	A4	USD	1020	1020	\N
2024-03-02	A4	USD	1021	1021	\N
2024-03-03	A4	USD	1022	1022	\N
2024-03-04	A4	USD	1023	1023	\N
2024-03-05	A4	USD	1024	1026	\N
2024-03-06	A4	USD	1025	1025	\N
2024-03-07	A4	USD	1026	1026	\N
2024-03-08	A4	USD	1027	1027	\N
2024-03-09	A4	USD	1028	1028	\N
2024-03-07	A2	USD	1026	1026	\N
\.
COPY public.kept (account, series) FROM stdin;
A4	\\x01011d000000662200006722000068220000692200006a2200006b2200006c2200006d2200006e2200006f220000702200007122000072220000732200007422000075220000762200007722000078220000792200007a2200007b2200007c2200007d2200007e2200007f22000080220000812200008222000000000000010000000001000000000100000000010000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c0000000000000000000000000000000000000000000000000000000000000000000000000000010c0000000000000000000000000000000000000000000000000000000000000000000000000000008c0000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000
A2	\\x01011d000000662200006722000068220000692200006a2200006b2200006c2200006d2200006e2200006f220000702200007122000072220000732200007422000075220000762200007722000078220000792200007a2200007b2200007c2200007d2200007e2200007f220000802200008122000082220000000001000000000100000000010000000001000000000100000000010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c0000000000000000000000000000000000000000000000000000000000000000000000000000010c0000000000000000000000000000000000000000000000000000000000000000000000000000008c0000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c0000000000000000000000000
A3	\\x01011d000000662200006722000068220000692200006a2200006b2200006c2200006d2200006e2200006f220000702200007122000072220000732200007422000075220000762200007722000078220000792200007a2200007b2200007c2200007d2200007e2200007f2200008022000081220000822200000000000100000000010000000001000000000100000000010000000001000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c0000000000000000000000000000000000000000000000000000000000000000000000000000010c0000000000000000000000000000000000000000000000000000000000000000000000000000008c0000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c000000000
A1	\\x01011d000000662200006722000068220000692200006a2200006b2200006c2200006d2200006e2200006f220000702200007122000072220000732200007422000075220000762200007722000078220000792200007a2200007b2200007c2200007d2200007e2200007f22000080220000812200008222000000010000000001000000000100000000010000000001000000000100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c0000000000000000000000000000000000000000000000000000000000000000000000000000010c0000000000000000000000000000000000000000000000000000000000000000000000000000008c0000000000000000000000000000000000000000000000000000000000000000000000000000000c0000000000000000000000000000000000000000000000000000000000000000000000000000014c00000000000000000000000000000000000000000
\.
COPY recon.access (role_name, level, reconciliation_id, granted_by, granted_at) FROM stdin;
clerk	operator	1	postgres	2026-11-21 13:03:17.307123+00
\.
COPY recon.break_2024_02 (break_id, reconciliation_id, key_hash, key, break_date, occurrence, measure, observed, expected, lower, upper, direction, score, p_value, q_value, is_anomaly, severity, pattern, runner_up, category, flags, contributions, basis, history_n, reason, recommended_action, currency, is_open, first_run_id, run_id, updated_at) FROM stdin;
1	1	1118269952206377562	{"account": "A1", "currency": "EUR"}	2024-02-21	1	ledger - statement	-4	-3.16227766	-40.1732025	-0.248922151	-1	0.38637925887293134	0.4107908307196793	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	2	-4 EUR is no larger than usual: 2 earlier breaks of this key reached about 3.16 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
2	1	-5525917681314347571	{"account": "A2", "currency": "USD"}	2024-02-22	1	ledger - statement	-4	-3.16227766	-40.1732025	-0.248922151	-1	0.38637925887293134	0.4107908307196793	1	f	low	in_line	inconsistent_variation	amount_mismatch	{scale_is_tolerance,sized_by_episodes}	{"baseline": 1}	own history	2	-4 USD is no larger than usual: 2 earlier breaks of this key reached about 3.16.	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
3	1	5044362018422884121	{"account": "A3", "currency": "EUR"}	2024-02-23	1	ledger - statement	-4	-3.16227766	-40.1732025	-0.248922151	-1	0.38637925887293134	0.4107908307196793	1	f	low	in_line	inconsistent_variation	amount_mismatch	{scale_is_tolerance,sized_by_episodes}	{"baseline": 1}	own history	2	-4 EUR is no larger than usual: 2 earlier breaks of this key reached about 3.16.	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
4	1	-8496547456651968966	{"account": "A4", "currency": "USD"}	2024-02-24	1	ledger - statement	-4	-3.16227766	-40.1732025	-0.248922151	-1	0.38637925887293134	0.4107908307196793	1	f	low	in_line	inconsistent_variation	amount_mismatch	{scale_is_tolerance,sized_by_episodes}	{"baseline": 1}	own history	2	-4 USD is no larger than usual: 2 earlier breaks of this key reached about 3.16.	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
5	1	1118269952206377562	{"account": "A1", "currency": "EUR"}	2024-02-26	1	ledger - statement	-3	-3.41995189	-27.7664902	-0.421229723	1	0.2531144125476931	0.558323088142888	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	3	-3 EUR is no larger than usual: 3 earlier breaks of this key reached about 3.42 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
6	1	-5525917681314347571	{"account": "A2", "currency": "USD"}	2024-02-27	1	ledger - statement	-3	-3.41995189	-27.7664902	-0.421229723	1	0.2531144125476931	0.558323088142888	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	3	-3 USD is no larger than usual: 3 earlier breaks of this key reached about 3.42 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
7	1	5044362018422884121	{"account": "A3", "currency": "EUR"}	2024-02-28	1	ledger - statement	-3	-3.41995189	-27.7664902	-0.421229723	1	0.2531144125476931	0.558323088142888	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	3	-3 EUR is no larger than usual: 3 earlier breaks of this key reached about 3.42 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
8	1	-8496547456651968966	{"account": "A4", "currency": "USD"}	2024-02-29	1	ledger - statement	-3	-3.41995189	-27.7664902	-0.421229723	1	0.2531144125476931	0.558323088142888	1	f	low	in_line	\N	amount_mismatch	{scale_is_tolerance,sized_by_episodes}	{"baseline": 1}	own history	3	-3 USD is no larger than usual: 3 earlier breaks of this key reached about 3.42.	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
\.
COPY recon.break_2024_03 (break_id, reconciliation_id, key_hash, key, break_date, occurrence, measure, observed, expected, lower, upper, direction, score, p_value, q_value, is_anomaly, severity, pattern, runner_up, category, flags, contributions, basis, history_n, reason, recommended_action, currency, is_open, first_run_id, run_id, updated_at) FROM stdin;
9	1	1118269952206377562	{"account": "A1", "currency": "EUR"}	2024-03-02	1	ledger - statement	-2	-3.30975092	-20.3803126	-0.537501625	1	0.13466358550570606	0.733392415796053	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	4	-2 EUR is no larger than usual: 4 earlier breaks of this key reached about 3.31 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
10	1	-5525917681314347571	{"account": "A2", "currency": "USD"}	2024-03-03	1	ledger - statement	-2	-3.30975092	-20.3803126	-0.537501625	1	0.13466358550570606	0.733392415796053	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	4	-2 USD is no larger than usual: 4 earlier breaks of this key reached about 3.31 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
11	1	5044362018422884121	{"account": "A3", "currency": "EUR"}	2024-03-04	1	ledger - statement	-2	-3.30975092	-20.3803126	-0.537501625	1	0.13466358550570606	0.733392415796053	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	4	-2 EUR is no larger than usual: 4 earlier breaks of this key reached about 3.31 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	1	1	2026-11-21 13:03:17.265287+00
12	1	-8496547456651968966	{"account": "A4", "currency": "USD"}	2024-03-05	1	ledger - statement	-2	-3.30975092	-20.3803126	-0.537501625	1	0.13466358550570606	0.733392415796053	1	f	low	in_line	\N	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	4	-2 USD is no larger than usual: 4 earlier breaks of this key reached about 3.31 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	USD	t	1	1	2026-11-21 13:03:17.265287+00
13	1	1118269952206377562	{"account": "A1", "currency": "EUR"}	2024-03-07	1	ledger - statement	-5	-2.99255574	-10.2219252	-0.876096206	-1	0.7405675954131006	0.18173241781312235	0.9692395616699858	f	low	in_line	inconsistent_variation	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	5	-5 EUR is no larger than usual: 5 earlier breaks of this key reached about 2.99 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	2	3	2026-11-21 13:03:17.297907+00
15	1	-5525917681314347571	{"account": "A2", "currency": "USD"}	2024-03-08	1	ledger - statement	-5	-2.99255574	-10.2219252	-0.876096206	-1	0.7405675954131006	0.18173241781312235	0.9692395616699858	f	low	in_line	inconsistent_variation	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	5	-5 USD is no larger than usual: 5 earlier breaks of this key reached about 2.99 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	USD	t	2	3	2026-11-21 13:03:17.297907+00
16	1	5044362018422884121	{"account": "A3", "currency": "EUR"}	2024-03-09	1	ledger - statement	-5	-2.99255574	-10.2219252	-0.876096206	-1	0.7405675954131006	0.18173241781312235	0.9692395616699858	f	low	in_line	inconsistent_variation	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	5	-5 EUR is no larger than usual: 5 earlier breaks of this key reached about 2.99 (judged with what is usual for 4 keys).	Keep it on the list of standing differences; nothing has changed.	EUR	t	2	3	2026-11-21 13:03:17.297907+00
14	1	-5525917681314347571	{"account": "A2", "currency": "USD"}	2024-03-07	1	ledger - statement	-5000	-2.99255574	-10.2219252	-0.876096206	-1	6.466860359777989	3.413026342095863e-07	5.460842147353382e-06	t	high	spike	inconsistent_variation	amount_mismatch	{sized_by_episodes}	{"baseline": 1}	own history and population	5	-5,000 USD against 5 earlier values between -5 and 0: a jump of -4,997.01 from a stable history (judged with what is usual for 4 keys).	Check the postings of this date for a wrong amount or a duplicate before anything else.	USD	f	2	3	2026-11-21 13:03:17.297907+00
\.
COPY recon.reconciliation (reconciliation_id, reconciliation_name, owner, source, key_columns, criteria_columns, derived_columns, date_column, date_format, comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance, strategy, time_zone, minimum_amount, break_condition, measures, description, is_active, created_at, updated_at) FROM stdin;
1	cash	postgres	public.cash	{account,currency}	{ledger,statement}	{}	value_date	\N	remark	currency	\N	{}	\N	1	\N	ours	UTC	\N	(abs((ledger - statement)) > '1'::numeric)	[{"a": "ledger", "b": "statement", "name": "ledger - statement", "tolerance": 1, "expression": "(ledger - statement)"}]	Ledger against statement	t	2026-11-21 13:03:17.073066+00	2026-11-21 13:03:17.227899+00
\.
COPY recon.run (run_id, reconciliation_id, status, strategy, from_date, to_date, as_of, rows_read, rows_without_date, rows_judged, keys_read, keys_absent, breaks, anomalies, verdicts_changed, is_partial, source_digest, message, run_by, started_at, finished_at) FROM stdin;
1	1	succeeded	{"alpha": 0.1, "version": 1, "detectors": {"baseline": 1}, "history_rows": 64, "strategy_name": "ours", "minimum_amount": 0}	2024-02-20	2024-03-05	\N	100	0	60	4	0	12	0	0	f	edeb5ab59c7424d0	\N	postgres	2026-11-21 13:03:17.265287+00	2026-11-21 13:03:17.272325+00
2	1	succeeded	{"alpha": 0.1, "version": 1, "detectors": {"baseline": 1}, "history_rows": 64, "strategy_name": "ours", "minimum_amount": 0}	2024-03-06	2024-03-09	\N	116	0	16	4	0	4	2	0	f	fa418bcf0b26afc5	\N	postgres	2026-11-21 13:03:17.289669+00	2026-11-21 13:03:17.294056+00
3	1	succeeded	{"alpha": 0.1, "version": 1, "detectors": {"baseline": 1}, "history_rows": 64, "strategy_name": "ours", "minimum_amount": 0}	2024-03-06	2024-03-09	\N	116	0	16	4	0	3	0	4	f	d3745319a37df23e	\N	postgres	2026-11-21 13:03:17.297907+00	2026-11-21 13:03:17.301068+00
\.
COPY recon.score_2024_02 (break_id, break_date, reconciliation_id, run_id, detector, ln_p, share) FROM stdin;
\.
COPY recon.score_2024_03 (break_id, break_date, reconciliation_id, run_id, detector, ln_p, share) FROM stdin;
14	2024-03-07	1	2	baseline	-14.890496253967285	1
15	2024-03-08	1	2	baseline	-8.658543586730957	1
\.
COPY recon.strategy (strategy_name, version, alpha, detectors, minimum_amount, history_rows, is_builtin, is_active, description, created_by, created_at) FROM stdin;
ours	1	0.1	{"baseline": 1}	0	64	f	t	made here	postgres	2026-11-21 13:03:17.227699+00
\.
COPY recon.verdict_history (verdict_id, reconciliation_id, break_id, break_date, run_id, changed_at, was_anomaly, is_anomaly, was_pattern, pattern, was_open, is_open, cause) FROM stdin;
1	1	15	2024-03-08	3	2026-11-21 13:03:17.297907+00	t	f	inconsistent_variation	in_line	t	t	the history it is compared with has changed
2	1	14	2024-03-07	3	2026-11-21 13:03:17.297907+00	t	t	spike	spike	t	f	the row is gone or no longer a break
\.
SELECT pg_catalog.setval('recon.break_id_seq', 16, true);
SELECT pg_catalog.setval('recon.reconciliation_reconciliation_id_seq', 1, true);
SELECT pg_catalog.setval('recon.run_run_id_seq', 3, true);
SELECT pg_catalog.setval('recon.verdict_history_verdict_id_seq', 2, true);
ALTER TABLE ONLY recon.break_2024_02
    ADD CONSTRAINT break_2024_02_pkey PRIMARY KEY (break_id);
ALTER TABLE ONLY recon.break_2024_03
    ADD CONSTRAINT break_2024_03_pkey PRIMARY KEY (break_id);
CREATE INDEX break_2024_02_reconciliation_id_break_date_idx ON recon.break_2024_02 USING btree (reconciliation_id, break_date) WHERE (is_anomaly AND is_open);
CREATE UNIQUE INDEX break_2024_02_reconciliation_id_break_date_key_hash_occurre_idx ON recon.break_2024_02 USING btree (reconciliation_id, break_date, key_hash, occurrence);
CREATE INDEX break_2024_03_reconciliation_id_break_date_idx ON recon.break_2024_03 USING btree (reconciliation_id, break_date) WHERE (is_anomaly AND is_open);
CREATE UNIQUE INDEX break_2024_03_reconciliation_id_break_date_key_hash_occurre_idx ON recon.break_2024_03 USING btree (reconciliation_id, break_date, key_hash, occurrence);
CREATE INDEX score_2024_02_break_id_idx ON recon.score_2024_02 USING btree (break_id);
CREATE INDEX score_2024_03_break_id_idx ON recon.score_2024_03 USING btree (break_id);
ALTER TABLE recon.break_2024_02 ENABLE ROW LEVEL SECURITY;
ALTER TABLE recon.break_2024_03 ENABLE ROW LEVEL SECURITY;
ALTER TABLE recon.score_2024_02 ENABLE ROW LEVEL SECURITY;
ALTER TABLE recon.score_2024_03 ENABLE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA recon TO clerk;
GRANT ALL ON FUNCTION public.recon_series_in(cstring) TO clerk;
GRANT ALL ON FUNCTION public.recon_series_out(public.recon_series) TO clerk;
GRANT ALL ON FUNCTION public.recon_series_recv(internal) TO clerk;
GRANT ALL ON FUNCTION public.recon_series_send(public.recon_series) TO clerk;
GRANT ALL ON FUNCTION public.recon_alter(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean) TO clerk;
GRANT ALL ON FUNCTION public.recon_create(name text, source text, key_columns text[], criteria_columns text[], derived_columns text[], date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text, tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text, minimum_amount numeric, date_format text, description text) TO clerk;
GRANT ALL ON FUNCTION public.recon_create_view(name text, view_name text, view_schema text) TO clerk;
GRANT ALL ON FUNCTION public.recon_detect(name text, history text, target text, from_date date, to_date date, strategy text, as_of timestamp with time zone, persist boolean) TO clerk;
GRANT ALL ON FUNCTION public.recon_drop(name text, if_exists boolean) TO clerk;
GRANT ALL ON FUNCTION public.recon_export_definition(name text) TO clerk;
GRANT ALL ON FUNCTION public.recon_grant(role_name name, level text, reconciliation text) TO clerk;
GRANT ALL ON FUNCTION public.recon_import_definition(definition jsonb, name text, source text) TO clerk;
GRANT ALL ON FUNCTION public.recon_revoke(role_name name, reconciliation text) TO clerk;
GRANT ALL ON FUNCTION public.recon_score_series(series public.recon_series, from_date date, to_date date, tolerance double precision) TO clerk;
GRANT ALL ON FUNCTION public.recon_suggest(relation text, OUT column_name text, OUT role text, OUT partner text, OUT confidence numeric, OUT reason text) TO clerk;
GRANT ALL ON FUNCTION public.recon_version() TO clerk;
GRANT ALL ON FUNCTION public.recon_view_definition(name text, view_name text, view_schema text) TO clerk;
GRANT SELECT ON TABLE recon.reconciliation TO clerk;
GRANT SELECT ON TABLE recon.strategy TO clerk;
GRANT ALL ON FUNCTION recon.parse_date(date_text text, format text) TO clerk;
GRANT ALL ON FUNCTION recon.suggest_definition(relation regclass) TO clerk;
GRANT ALL ON FUNCTION recon.visible_to(role_name name) TO clerk;
GRANT ALL ON FUNCTION public.recon_series(date, double precision) TO clerk;
GRANT ALL ON FUNCTION recon.key_series(date, boolean, boolean, boolean, integer, "any") TO clerk;
GRANT SELECT ON TABLE recon.break TO clerk;
GRANT SELECT ON TABLE recon.access TO clerk;
GRANT SELECT ON TABLE recon.anomaly TO clerk;
GRANT SELECT ON TABLE recon.daily_summary TO clerk;
GRANT SELECT ON TABLE recon.run TO clerk;
GRANT SELECT ON TABLE recon.health TO clerk;
GRANT SELECT ON TABLE recon.review_queue TO clerk;
GRANT SELECT ON TABLE recon.run_summary TO clerk;
GRANT SELECT ON TABLE recon.score TO clerk;
GRANT SELECT ON TABLE recon.verdict_history TO clerk;
