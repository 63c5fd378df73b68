-- What `make demo` shows: the sample's last month-end judged, beside what its source says of it.
-- It may be run again: the reconciliation is created once, and unchanged data keep their verdicts.
\set QUIET on
\pset footer off
\pset null ''

SELECT NOT EXISTS (SELECT FROM recon.reconciliation WHERE reconciliation_name = 'ihub') AS is_first_run \gset
\if :is_first_run
\o /dev/null
SELECT recon_create('ihub', source => 'ihub_balance',
    key_columns => '{company,account,au,currency}', criteria_columns => '{gl_balance,ihub_balance}',
    derived_columns => '{balance_difference}', date_column => 'as_of_date', comment_column => 'comments',
    break_when => 'abs(balance_difference) > 1');
\o
\endif

\echo
\echo 'Breaks of 2024-05-31, judged by what each key was before:'
\echo
CREATE TEMPORARY TABLE verdict AS
SELECT d.*, l.is_anomaly AS labelled_anomaly, l.pattern AS label
FROM recon_detect('ihub', from_date => '2024-05-31', to_date => '2024-05-31') AS d
LEFT JOIN ihub_label AS l ON (l.company, l.account, l.au, l.currency)
    = (d.key ->> 'company', d.key ->> 'account', d.key ->> 'au', d.key ->> 'currency');

SELECT key ->> 'account' AS account, key ->> 'currency' AS currency, observed, expected,
    CASE WHEN is_anomaly THEN 'yes' ELSE 'no' END AS anomaly, pattern, severity,
    CASE WHEN labelled_anomaly THEN 'yes' ELSE 'no' END AS "label"
FROM verdict
ORDER BY key ->> 'company', key ->> 'account', key ->> 'au', key ->> 'currency';

\echo 'Why, and what to do:'
\pset tuples_only on
\pset format unaligned
SELECT format(E'\n  %s %s (%s)\n    %s%s\n    (The source says: %s.)', key ->> 'account',
    key ->> 'currency', CASE WHEN is_anomaly THEN 'anomaly' ELSE 'no anomaly' END, reason,
    E'\n    -> ' || recommended_action, lower(left(label, 1)) || substr(label, 2))
FROM verdict
ORDER BY key ->> 'company', key ->> 'account', key ->> 'au', key ->> 'currency';

SELECT format(E'\n%s of %s verdicts are those of the source''s labels.',
    count(*) FILTER (WHERE is_anomaly = labelled_anomaly), count(*))
FROM verdict;
