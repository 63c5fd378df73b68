-- Reports: what the page of a run holds, that it stands alone, and who may read it.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT no_plan();
\ir lib/complaint.sql

CREATE TABLE balances AS
SELECT date '2024-01-31' + 30 * m AS on_date, CASE a WHEN 3 THEN '<script>alert(1)</script>' ELSE 'account ' || a END
           AS account, 'EUR' AS currency, 1000.0 * a AS ledger,
       1000.0 * a - CASE WHEN m >= 10 AND a = 3 THEN 750000 WHEN m % 3 = a % 3 THEN 0.4 ELSE 0 END AS bank
FROM generate_series(0, 11) AS m, generate_series(1, 9) AS a;
SELECT recon_create('<b>month</b>', source => 'balances', key_columns => '{account}', currency_column => 'currency',
    criteria_columns => '{ledger,bank}', date_column => 'on_date', comment_column => '', tolerance => 1) \g /dev/null
SELECT count(*) FROM recon_detect('<b>month</b>', from_date => '2024-11-26', to_date => '2024-11-26') \g /dev/null
SELECT count(*) FROM recon_detect('<b>month</b>') \g /dev/null
SELECT min(run_id) AS first, max(run_id) AS run FROM recon.run \gset
CREATE TABLE page AS SELECT recon_report(:first) AS html;

SELECT matches(html, '9 rows of 2024-11-26 were judged: 8 match \(88.9%\), 1 is a break.', 'it says what was judged')
FROM page;
SELECT matches(html, '1 break is out of pattern; the strongest is account &lt;script&gt;',
    'the page says what is out of pattern')
FROM page;
SELECT doesnt_match(html, '<script|<b>|src=|href="[^#]|url\(|http:|https:', 'nothing of it is markup, or a request')
FROM page;
SELECT is((SELECT count(*) FROM regexp_matches(html, 'class="mark"', 'g')), 1::bigint,
          'the anomaly is marked in the history of its key') FROM page;
SELECT is((SELECT count(*) FROM regexp_matches(html, '<circle class="point"', 'g')), 10::bigint,
          'the rows before it are there') FROM page;
SELECT matches(html, 'Rows judged</th><td class="number">9</td>.*matched</th><td class="number">8</td>.*'
               'broken</th><td class="number">1</td>', 'control totals add up') FROM page;
SELECT matches(recon_report(:run), 'id="trend"', 'a later run is compared with those before');
SELECT matches(recon_digest(:first),
    '^<b>month</b>, 2024-11-26\n\n9 rows .*\n1\. account <script>', 'the digest is plain');
SELECT is(complaint('SELECT recon_report(0)'),
    '42704 | run 0 does not exist | recon.run_summary lists the runs.', 'an unknown run is refused');

-- Others see nothing of it.
CREATE ROLE report_clerk;
SELECT recon_create('other', source => 'balances', key_columns => '{account}', criteria_columns => '{ledger,bank}',
    date_column => 'on_date', comment_column => '') \g /dev/null
SELECT recon_grant('report_clerk', 'viewer', 'other') \g /dev/null
SET LOCAL ROLE report_clerk;
SELECT alike(complaint(format('SELECT recon_report(%s)', :run)), '42704 | run % does not exist%',
    'runs of other reconciliations are not reported');
SELECT alike(complaint(format('SELECT recon_digest(%s)', :run)), '42704 | run % does not exist%',
    'a run of another reconciliation is not digested');
RESET ROLE;

SELECT * FROM finish();
ROLLBACK;
