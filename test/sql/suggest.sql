-- recon_suggest: what each column of a relation is for, why, and what stays doubtful.
\set VERBOSITY default
\pset null '-'

-- Every role there is, in one table: 12 accounts over 10 days in three currencies.
CREATE TABLE ledger_check (
    row_number bigint, business_date date, branch text, account text, region text, ccy text,
    ledger_amount numeric, statement_amount numeric, difference numeric, tolerance numeric, match_status text,
    analyst_comment text, anomaly text, loaded_at timestamptz, unused text
);
INSERT INTO ledger_check
SELECT row_number() OVER (ORDER BY d, a), date '2024-01-01' + d, 'B' || a % 3, 'A' || 1000 + a, 'EMEA',
    (ARRAY['EUR', 'USD', 'GBP'])[1 + a % 3],
       1000 * a + 7 * d, 1000 * a + 7 * d - off, off, 1,
       CASE WHEN abs(off) > 1 THEN 'Break' ELSE 'Match' END,
       CASE WHEN abs(off) > 1 THEN 'timing difference, cleared on the day after by ' || (ARRAY['Ana', 'Bo',
           'Cy'])[1 + d % 3] END,
       CASE WHEN abs(off) > 20 THEN 'Yes' ELSE 'No' END,
       timestamptz '2024-01-01 18:00+00' + d * interval '1 day' + a * interval '1 second', NULL
FROM generate_series(0, 9) d, generate_series(1, 12) a,
     LATERAL (SELECT CASE WHEN (d * 5 + a * 3) % 7 = 0 THEN 3 + d + a ELSE 0.5 END AS off) o;
SELECT column_name, role, partner, confidence FROM recon_suggest('ledger_check');
SELECT column_name, reason FROM recon_suggest('ledger_check');

-- No stored difference: that of the two sides is what is judged, and the key is what repeats from date to
-- date. Text of both sides that is no amount is an attribute; a currency that changes under a key is no part of it.
CREATE TABLE pairs (
    as_of text, book text, ccy text, "Internal PV" float8, "External PV" float8, "Internal CUSIP" text,
        "External CUSIP" text
);
INSERT INTO pairs
SELECT to_char(date '2024-02-27' + d, 'DD-MM-YYYY'), 'book ' || b, CASE WHEN d < 5 THEN 'EUR' ELSE 'USD' END,
    100 * b + d,
       100 * b + d + CASE WHEN d = b THEN 5 ELSE 0 END, '38382EW8' || b, '38382EW8' || CASE WHEN d = 3 THEN 9 - b
           ELSE b END
FROM generate_series(0, 9) d, generate_series(1, 5) b;
SELECT column_name, role, partner, confidence FROM recon_suggest('pairs');
SELECT column_name, reason FROM recon_suggest('pairs');

-- A view is a source too; a column that the reader may not see is passed over.
CREATE VIEW pairs_view AS SELECT * FROM pairs;
SELECT column_name, role FROM recon_suggest('pairs_view');
CREATE ROLE recon_reader;
GRANT SELECT (as_of, book, "External PV") ON pairs TO recon_reader;
GRANT EXECUTE ON FUNCTION recon_suggest(text) TO recon_reader;
SET ROLE recon_reader;
SELECT column_name, role FROM recon_suggest('pairs');
SELECT * FROM recon_suggest('ledger_check');
RESET ROLE;

-- What is found is what a reconciliation of no more than its source is made of.
SELECT recon_create('guessed', source => 'ledger_check');
SELECT key_columns, criteria_columns, derived_columns, date_column, comment_column, currency_column, loaded_at_column,
    break_when
FROM recon.reconciliation WHERE reconciliation_name = 'guessed';

-- Nothing to go by.
CREATE TABLE nothing (a integer, b text);
SELECT * FROM recon_suggest('nothing');
INSERT INTO nothing VALUES (NULL, NULL);
SELECT * FROM recon_suggest('nothing');
CREATE TABLE no_columns ();
SELECT * FROM recon_suggest('no_columns');

-- Refusals.
SELECT * FROM recon_suggest('no_such_table');
SELECT * FROM recon_suggest('pg_class_oid_index');
SELECT * FROM recon_suggest('');
SELECT * FROM recon_suggest(NULL);

SELECT recon_drop('guessed');
DROP VIEW pairs_view;
DROP TABLE ledger_check, pairs, nothing, no_columns;
DROP OWNED BY recon_reader;
DROP ROLE recon_reader;
