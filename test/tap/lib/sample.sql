-- A small reconciliation: ledger against statement, 40 accounts in two currencies, 100 days. The
-- numbers are made of hashes, so they are the same everywhere. Judged twice: up to a month end, and
-- from there on.
CREATE TABLE IF NOT EXISTS cash (
    value_date date NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    ledger numeric(14,2),
    statement numeric(14,2),
    remark text
);
TRUNCATE cash;
INSERT INTO cash (value_date, account, currency, ledger, statement, remark)
SELECT date '2024-01-01' + day, 'A' || to_char(account, 'FM00'), CASE WHEN account % 3 = 0 THEN 'USD' ELSE 'EUR' END,
       10000 + noise, 10000 + CASE WHEN account % 4 = 0 THEN noise ELSE 0 END
         + CASE WHEN day = 95 AND account = 7 THEN 90000 WHEN day = 97 AND account = 12 THEN -70000 ELSE 0 END,
       CASE WHEN account = 9 THEN 'x; DROP TABLE "cash" -- ''''' END
FROM generate_series(0, 99) AS day, generate_series(1, 40) AS account,
     LATERAL (SELECT round((hashint4(day * 1000 + account)::numeric / 2147483648) * 50, 2) AS noise) AS n;

SELECT recon_create('cash', source => 'cash', key_columns => '{account,currency}',
    criteria_columns => '{ledger,statement}', date_column => 'value_date', currency_column => 'currency',
    comment_column => 'remark', tolerance => 1, description => 'Ledger against statement');
SELECT count(*) FROM recon_detect('cash', from_date => '2024-03-01', to_date => '2024-03-31');
SELECT count(*) FROM recon_detect('cash', from_date => '2024-04-01', to_date => '2024-04-09');
