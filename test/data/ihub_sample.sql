-- The sample: balances of a general ledger and of an intermediate hub, seven month-ends of four keys.
-- Source: ewfx/sradg-team-murphy on GitHub (MIT licence), its history and its live rows. The facts
-- are typed as they are there, spelling of the operators' comments included, but for two corrections:
-- account 1618005 reads 1619205 (the live row has it so), and the same account's row of 2024-04-30
-- has AU 4929 and EUR, as all its others, for 62695 and USD.
CREATE TABLE ihub_balance (
    as_of_date date NOT NULL,
    company text NOT NULL,
    account text NOT NULL,
    au text NOT NULL,
    currency text NOT NULL,
    primary_account text,
    secondary_account text,
    gl_balance numeric,
    ihub_balance numeric,
    balance_difference numeric,
    match_status text,
    comments text
);

INSERT INTO ihub_balance VALUES
    ('2024-04-30', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 20000, 60000, -40000,
        'Break', NULL),
    ('2024-03-31', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 20000, 40000, -20000,
        'Break', NULL),
    ('2024-02-29', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 20000, 20000, 0,
        'Match', NULL),
    ('2024-01-31', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 20000.01, 20000, 0.01,
        'Match', 'Differnce is within tolerance (less than 1 USD)'),
    ('2023-12-31', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 10000, 10000, 0,
        'Match', NULL),
    ('2023-11-30', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 10200, 10000, 200,
        'Break', NULL),
    ('2024-04-30', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 80000, 0, 80000,
        'Break', NULL),
    ('2024-03-31', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 80000, 10000,
        70000, 'Break', NULL),
    ('2024-02-29', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 60000, 0, 60000,
        'Break', NULL),
    ('2024-01-31', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 60000, 10000,
        50000, 'Break', NULL),
    ('2023-12-31', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 40000, 0, 40000,
        'Break', NULL),
    ('2023-11-30', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 40000, 10000,
        30000, 'Break', NULL),
    ('2024-04-30', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10000, 10000, 0, 'Match', NULL),
    ('2024-03-31', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10500.5, 10500, 0.5, 'Match',
        'Diffeence is within tolerance (less than 1 USD)'),
    ('2024-02-29', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10600, 10600, 0, 'Match', NULL),
    ('2024-01-31', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10199.5, 10200, -0.5, 'Match',
        'Diffeence is within tolerance (less than 1 USD)'),
    ('2023-12-31', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10100, 10100, 0, 'Match', NULL),
    ('2023-11-30', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 10000, 10000, 0, 'Match', NULL),
    ('2024-04-30', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 60000, 70000, -10000,
        'Break', NULL),
    ('2024-03-31', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 50000, 60000, -10000,
        'Break', NULL),
    ('2024-02-29', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 40000, 50000, -10000,
        'Break', NULL),
    ('2024-01-31', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 30000, 40000, -10000,
        'Break', NULL),
    ('2023-12-31', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 20000, 30000, -10000,
        'Break', NULL),
    ('2023-11-30', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 10000, 20000, -10000,
        'Break', NULL),
    ('2024-05-31', '00000', '1619205', '4398', 'USD', 'ALL OTHER LOANS', 'DEFERRED COSTS', 20000, 35000, -15000,
        'Break', NULL),
    ('2024-05-31', '00000', '1619288', '5701', 'USD', 'ALL OTHER LOANS', 'DEFERRED ORIGINATION FEES', 100000, 10000,
        90000, 'Break', NULL),
    ('2024-05-31', '00002', '1618001', '62695', 'USD', 'ALL OTHER LOANS', 'PRINCIPAL', 60000, 10000, 50000,
        'Break', NULL),
    ('2024-05-31', '00002', '1619205', '4929', 'EUR', 'ALL OTHER LOANS', 'PRINCIPAL', 70000, 80000, -10000,
        'Break', NULL);

-- What the source says of its four live rows: its verdict, and the pattern in its words. (They are
-- answers, so they are not loaded as comments of those rows.)
CREATE TABLE ihub_label (
    company text NOT NULL,
    account text NOT NULL,
    au text NOT NULL,
    currency text NOT NULL,
    is_anomaly boolean NOT NULL,
    pattern text NOT NULL
);

INSERT INTO ihub_label VALUES
    ('00000', '1619205', '4398', 'USD', true, 'Inconsistent variations in outstanding balances'),
    ('00000', '1619288', '5701', 'USD', false, 'Consistent increase or decrease in outstanding balances'),
    ('00002', '1618001', '62695', 'USD', true, 'Huge spike in outstanding balances'),
    ('00002', '1619205', '4929', 'EUR', false, 'Outstanding balances are in line with previous months');
