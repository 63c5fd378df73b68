-- Business calendars: who keeps them, and what they say of a day.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;

SELECT plan(21);

CREATE ROLE recon_keeper;
CREATE ROLE recon_reader;
SELECT recon_grant('recon_keeper', 'admin') AS granted, recon_grant('recon_reader', 'viewer') AS granted_too \gset

SET LOCAL ROLE recon_reader;
SELECT throws_ok($$ SELECT recon_add_holidays('target2', '{2024-05-01}') $$, '42501',
    'permission denied: admin rights are needed');
SELECT throws_ok($$ SELECT recon_remove_holidays('target2', '{2024-05-01}') $$, '42501',
    'permission denied: admin rights are needed');
SELECT throws_ok($$ INSERT INTO recon.calendar VALUES ('target2', '2024-05-01') $$, '42501',
    'permission denied for table calendar');

SET LOCAL ROLE recon_keeper;
SELECT throws_ok($$ SELECT recon_calendar_profile('2024-05-01', 'target2') $$, '42704',
    'calendar "target2" does not exist');
SELECT is(recon_add_holidays('target2', '{2024-05-01,2024-05-20,2024-05-04,2024-05-01}'),
    'calendar "target2": 3 added, 3 in all', 'repetitions count once');
SELECT is(recon_add_holidays('target2', '{2024-05-01,2024-12-25}', 'closed'), 'calendar "target2": 1 added, 4 in all',
    'what is known is not added');
SELECT results_eq($$ SELECT holiday, holiday_name FROM recon.calendar WHERE calendar_name = 'target2' ORDER BY 1 $$,
                  $$ VALUES (date '2024-05-01', 'closed'), ('2024-05-04', ''), ('2024-05-20', ''),
                      ('2024-12-25', 'closed') $$, 'a known holiday takes the new name');
SELECT throws_ok($$ SELECT recon_add_holidays('', '{2024-05-01}') $$, '22023', 'a calendar needs a name');
SELECT throws_ok($$ SELECT recon_add_holidays('target2', '{2024-05-01,NULL}') $$, '22023', 'a holiday is not a date');
SELECT throws_ok($$ SELECT recon_add_holidays('target2', '{infinity}') $$, '22023', 'a holiday is not a date');

SET LOCAL ROLE recon_reader;
-- weekday, weekend, holiday, business day, from the start, from the end
SELECT is(recon_calendar_profile(day, 'target2')::text, wanted, format('%s: %s', day, meaning))
FROM (VALUES (date '2024-05-01', '(3,f,t,f,0,21)', 'a holiday on the first'),
             ('2024-05-02', '(4,f,f,t,1,21)', 'the first business day'),
             ('2024-05-04', '(6,t,t,f,2,19)', 'a holiday on a weekend counts once'),
             ('2024-05-31', '(5,f,f,t,21,1)', 'the last business day'),
             ('2024-06-30', '(7,t,f,f,20,0)', 'the month ends on a Sunday')) AS v(day, wanted, meaning);
SELECT is((recon_calendar_profile('2024-05-01')).is_business_day, true, 'no calendar, no holidays');
SELECT ok(recon_calendar_profile(NULL, 'target2') IS NULL AND recon_calendar_profile('infinity', 'target2') IS NULL
          AND recon_calendar_profile('-infinity') IS NULL, 'nothing of NULL and infinite days');

-- The same by counting days one by one.
SELECT is_empty($$
    WITH days AS (
        SELECT day::date, EXTRACT(isodow FROM day) < 6 AND NOT EXISTS (SELECT FROM recon.calendar c
            WHERE c.calendar_name = 'target2' AND c.holiday = day) AS works
        FROM generate_series(timestamp '2023-12-01', '2025-01-31', '1 day') AS day)
    SELECT d.day, p FROM days d, recon_calendar_profile(d.day, 'target2') AS p
    WHERE (p.is_business_day, p.business_day_of_month, p.business_days_left) IS DISTINCT FROM
          (d.works, (SELECT count(*)::int FROM days o WHERE o.works AND date_trunc('month', o.day) = date_trunc('month',
              d.day) AND o.day <= d.day),
                    (SELECT count(*)::int FROM days o WHERE o.works AND date_trunc('month', o.day) = date_trunc('month',
                        d.day) AND o.day >= d.day)) $$,
    'every day of 14 months as counted one by one');

SET LOCAL ROLE recon_keeper;
SELECT is(recon_remove_holidays('target2', '{2024-05-01,2024-05-02}'), 'calendar "target2": 1 removed, 3 left',
    'holidays are taken out');
SELECT is(recon_remove_holidays('target2', '{}'), 'calendar "target2": 0 removed, 3 left', 'none, where none is named');
SELECT throws_ok($$ SELECT recon_remove_holidays('target1', '{2024-05-01}') $$, '42704',
    'calendar "target1" does not exist');
SELECT * FROM finish();
ROLLBACK;
