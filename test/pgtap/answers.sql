-- Answers to breaks: what they take out of the queue, what they hide in later runs and never hide, who may give them.
BEGIN;
SET LOCAL client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION IF NOT EXISTS recon;
SELECT plan(89);

\ir lib/complaint.sql

CREATE ROLE recon_viewer;
CREATE ROLE recon_operator;
CREATE ROLE recon_admin;
CREATE ROLE recon_stranger;
GRANT USAGE ON SCHEMA public TO recon_viewer, recon_operator, recon_admin, recon_stranger;

-- Forty quiet accounts and three that jump on single days.
CREATE TABLE cash AS
SELECT date '2024-01-01' + day AS on_date, 'quiet ' || k AS account, ((day * 7919 + k * 611953) % 101 / 20.0)::numeric
    AS difference
FROM generate_series(0, 89) AS day, generate_series(1, 40) AS k
UNION ALL SELECT date '2024-01-01' + day, account, ((day * 7919 + row * 104729) % 101 / 20.0)::numeric
FROM generate_series(0, 89) AS day, (VALUES (1, '16-a'), (2, '16-b'), (3, '17-c')) AS k (row, account)
-- One that is always off by about 10,000.
UNION ALL SELECT date '2024-01-01' + day, 'quiet level', 10000 + ((day * 7919 + 4 * 104729) % 101 / 20.0)::numeric
FROM generate_series(0, 89) AS day;
CREATE FUNCTION pg_temp.jump(day date, account text, amount numeric) RETURNS void LANGUAGE sql AS
    $$ UPDATE cash c SET difference = jump.amount WHERE c.on_date = jump.day AND c.account = jump.account $$;
SELECT pg_temp.jump(d.day::date, d.account, d.amount) FROM (VALUES
    ('2024-03-10', '16-a', 900), ('2024-03-10', '16-b', 900), ('2024-03-10', '17-c', 900),
    ('2024-03-10', 'quiet level', 9000), ('2024-03-20', 'quiet level', 5000),
    ('2024-03-15', '16-a', 850), ('2024-03-15', '16-b', -850),
    ('2024-03-20', '16-a', 950), ('2024-03-20', '17-c', 800),
    ('2024-03-25', '16-a', 89), ('2024-03-25', '16-b', 870), ('2024-03-25', '17-c', 700)) AS d (day, account, amount);
CREATE TABLE arrived AS SELECT * FROM cash WHERE on_date <= '2024-03-09';
SELECT recon_create('cash', source => 'arrived', key_columns => '{account}', derived_columns => '{difference}',
    criteria_columns => '{}',
    date_column => 'on_date', comment_column => '', loaded_at_column => '', currency_column => '', tolerance => 1,
        strategy => 'balanced') AS made \gset
SELECT recon_grant('recon_viewer', 'viewer', 'cash'), recon_grant('recon_operator', 'operator', 'cash'),
    recon_grant('recon_admin', 'admin', 'cash');
SELECT count(*) FROM recon_detect('cash') \gset
CREATE FUNCTION pg_temp.judge(day date) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO arrived SELECT * FROM cash WHERE on_date = day;
    PERFORM count(*) FROM recon_detect('cash', from_date => day, to_date => day);
    RETURN (SELECT max(run_id) FROM recon.run);
END
$$;
CREATE FUNCTION break_of(day date, account text) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT break_id FROM recon.break WHERE break_date = day AND key->>'account' = account $$;
CREATE FUNCTION queue(day date) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT string_agg(key->>'account', ' ' ORDER BY key->>'account') FROM recon.review_queue WHERE break_date = day
        AND key->>'account' NOT LIKE 'quiet%' $$;
GRANT EXECUTE ON FUNCTION break_of, queue, complaint TO PUBLIC;
SELECT pg_temp.judge('2024-03-10') AS run_10 \gset
SELECT is(queue('2024-03-10'), '16-a 16-b 17-c', 'three anomalies stand in the queue');
SELECT break_of('2024-03-10', '16-a') AS a, break_of('2024-03-10', '16-b') AS b, break_of('2024-03-10', '17-c') AS c
    \gset

-- Rights.
SELECT format('SELECT * FROM recon_feedback(ARRAY[%s], ''expected'')', :a) AS give \gset
SET LOCAL ROLE recon_stranger;
SELECT matches(complaint(:'give'), '^42501 \| permission denied for function recon_feedback',
    'a stranger cannot call recon_feedback');
SET LOCAL ROLE recon_viewer;
SELECT matches(complaint(:'give'),
    '^42501 \| permission denied for reconciliation "cash" \| Role "recon_viewer" does not have level "operator"',
    'a viewer cannot answer');
SELECT matches(complaint('INSERT INTO recon.settled_break VALUES (1, 1, current_date, 1, NULL)'), '^42501',
    'no role writes the tables');
SET LOCAL ROLE recon_operator;
SELECT matches(complaint(format('SELECT * FROM recon_feedback(ARRAY[%s], ''expected'', scope => %L, key_pattern => %L)',
        :a, scope, pattern)),
    '^42501 \| permission denied for reconciliation "cash" \| Role "recon_operator" does not have level "admin"',
        'an operator hides no ' || scope)
FROM (VALUES ('pattern', '{"account": "16%"}'), ('category', NULL)) AS wide (scope, pattern);
RESET ROLE;
SELECT is((SELECT count(*) FROM recon.answer), 0::bigint, 'nothing of this is kept');

-- Arguments.
SELECT matches(complaint(format('SELECT * FROM recon_feedback(%s)', replace(given, '$', :'a'))), wanted,
    format('arguments are refused: %s', given))
FROM (VALUES
    ('NULL, ''expected''',
        '^22023 \| no break is named \| break_ids is NULL\. \| Breaks to answer are in recon\.review_queue'),
    ('''{}'', ''expected''', '^22023 \| no break is named \| break_ids is \{\}\.'),
    ('ARRAY[-7], ''expected''', '^42704 \| break -7 does not exist \| No break has this number'),
    ('ARRAY[$, NULL], ''expected''', '^42704 \| break NULL does not exist'),
    ('ARRAY[$], ''wrong''', '^22023 \| verdict "wrong" does not exist \| Use one of true_anomaly'),
    ('ARRAY[$], NULL', '^22023 \| verdict NULL does not exist'),
    ('ARRAY[$], ''true_anomaly'', scope => ''key''',
        '^22023 \| scope "key" is not possible for verdict "true_anomaly" \| Its scope is break\.'),
    ('ARRAY[$], ''expected'', scope => ''all''',
        '^22023 \| scope "all" is not possible for verdict "expected" '
        '\| Its scope is key or break or pattern or category\.'),
    ('ARRAY[$], ''wrong_category''', '^22023 \| verdict "wrong_category" needs the right category \| Given are'),
    ('ARRAY[$], ''expected'', '' ''', '^22023 \| category must not be blank'),
    ('ARRAY[$], ''duplicate_of''', '^22023 \| verdict "duplicate_of" needs the break that is meant'),
    ('ARRAY[$], ''duplicate_of'', duplicate_of => $', '^22023 \| break [0-9]+ cannot be a duplicate of itself'),
    ('ARRAY[$], ''duplicate_of'', duplicate_of => -1', '^42704 \| break -1 does not exist'),
    ('ARRAY[$], ''expected'', duplicate_of => $', '^22023 \| duplicate_of is not possible for verdict "expected"'),
    ('ARRAY[$], ''true_anomaly'', expires_at => ''2999-01-01''',
        '^22023 \| expires_at is not possible for verdict "true_anomaly" with scope "break"'),
    ('ARRAY[$], ''expected'', expires_at => ''2020-01-01''', '^22023 \| expires_at must be a moment in the future'),
    ('ARRAY[$], ''expected'', expires_at => ''infinity''', '^22023 \| expires_at must be a moment in the future'),
    ('ARRAY[$], ''expected'', key_pattern => ''{"account": "%"}''',
        '^22023 \| key_pattern is not possible for scope "key"'),
    ('ARRAY[$], ''expected'', scope => ''pattern''',
        '^22023 \| key_pattern must be an object of key columns and patterns \| It is NULL\. \| For example'),
    ('ARRAY[$], ''expected'', scope => ''pattern'', key_pattern => ''[]''', '^22023 \| key_pattern must be an object'),
    ('ARRAY[$], ''expected'', scope => ''pattern'', key_pattern => ''{"other": "%"}''',
        '^42703 \| key_pattern names "other", which is not a key column of "cash" \| Key columns are: account\.'),
    ('ARRAY[$], ''expected'', scope => ''pattern'', key_pattern => ''{"account": "x\\"}''',
        '^22023 \| key_pattern of "account" must be a pattern of LIKE')
) AS wrong (given, wanted);

-- An expected break and what it hides.
SELECT set_eq(format('SELECT break_id FROM recon_preview_feedback(ARRAY[%s], ''expected'', scope => ''category'')',
    :a), ARRAY[:b, :c], 'a preview shows what would have been hidden');
SELECT is_empty(format('SELECT * FROM recon_preview_feedback(ARRAY[%s], ''true_anomaly'')', :a),
    'a verdict that hides nothing has nothing to preview');
SELECT matches(complaint(format('SELECT * FROM recon_preview_feedback(ARRAY[%s], ''expected'', runs => 0)', :a)),
    '^22023 \| runs must be between 1 and 1000 \| It is 0\.', 'a preview of no runs is refused');
SET LOCAL ROLE recon_operator;
SELECT answer_id AS expected, reconciliation, breaks, suppressions FROM recon_feedback(ARRAY[:a, :a], 'expected',
    comment => 'paid by Ms Meier each week', expires_at => now() + interval '30 days') \gset
SELECT is((:'reconciliation', :breaks, :suppressions)::text, '(cash,1,1)',
    'an operator answers; a break named twice is one');
SELECT is(queue('2024-03-10'), '16-b 17-c', 'what is answered leaves the queue');
RESET ROLE;
SELECT results_eq($$SELECT given_by, responsible, verdict, scope, comment, is_retracted FROM recon.feedback_summary$$,
    $$VALUES ('recon_operator'::name, 'recon_operator'::name, 'expected', 'key', 'paid by Ms Meier each week',
        false)$$, 'every answer is written with its author');
SELECT results_eq(
    'SELECT scope, direction::integer, from_amount, to_amount, state, proposal FROM recon.suppression_summary',
    $$VALUES ('key', 1, 90::numeric, 900::numeric, 'in force', NULL::text)$$, 'the rule is listed with what it hides');
SELECT pg_temp.judge('2024-03-15') AS run_15 \gset
SELECT is((SELECT count(*) FROM recon.break WHERE break_date = '2024-03-15' AND is_anomaly AND key->>'account' LIKE
    '16%'), 2::bigint, 'verdicts stay as they are');
SELECT is(queue('2024-03-15'), '16-b', 'the same thing is hidden in the next run, another key is not');
SELECT results_eq(format('SELECT break_id, change, answer_id, verdict, given_by FROM recon_feedback_effect(%s)',
    :run_15),
    format($$VALUES (%s::bigint, 'hidden', %s::bigint, 'expected', 'recon_operator'::name)$$, break_of('2024-03-15',
        '16-a'), :expected), 'recon_feedback_effect says which and why');
SELECT matches(why, '^answer [0-9]+ of recon_operator \("expected"\) hides amounts from 90 to 900 until 20',
    'recon_feedback_effect says it in words') FROM recon_feedback_effect(:run_15);
SELECT is(hidden_breaks, 1::bigint, 'the rule counts what it hides') FROM recon.suppression;
SELECT pg_temp.judge('2024-03-20') AS run_20 \gset
SELECT is(queue('2024-03-20'), '16-a 17-c', 'a bigger one is not hidden');
SELECT pg_temp.judge('2024-03-25') AS run_25 \gset
SELECT is((SELECT is_anomaly FROM recon.break WHERE break_id = break_of('2024-03-25', '16-a')), true,
    'a small one is an anomaly');
SELECT is(queue('2024-03-25'), '16-a 16-b 17-c', 'one smaller than a tenth is another thing');
SELECT is_empty(format('SELECT * FROM recon_feedback_effect(%s)', :run_25), 'the answer has no effect then');
SELECT matches(complaint('SELECT * FROM recon_feedback_effect(-1)'), '^42704 \| run -1 does not exist',
    'the effect of an unknown run is refused');
-- Restated rows: what has grown stands in the queue, and what has shrunk again is hidden.
UPDATE arrived SET difference = 5000 WHERE on_date = '2024-03-15' AND account = '16-a';
CREATE FUNCTION pg_temp.judge_again(day date) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count(*) FROM recon_detect('cash', from_date => day, to_date => day);
    RETURN (SELECT max(run_id) FROM recon.run);
END
$$;
SELECT pg_temp.judge_again('2024-03-15') AS grown \gset
SELECT is(queue('2024-03-15'), '16-a 16-b', 'a hidden break that has grown stands in the queue again');
SELECT results_eq(format('SELECT change, why LIKE ''%%does not cover it any longer'' FROM recon_feedback_effect(%s)',
    :grown), $$VALUES ('shown', true)$$, 'the effect says so');
UPDATE arrived SET difference = 850 WHERE on_date = '2024-03-15' AND account = '16-a';
SELECT pg_temp.judge_again('2024-03-15') AS shrunk \gset
SELECT is(queue('2024-03-15'), '16-b', 'it is hidden when it is as small as before');
SELECT is(hidden_breaks, 2::bigint, 'the break that is hidden again counts') FROM recon.suppression;
SELECT count(*) AS events FROM recon.suppression_event \gset
SELECT pg_temp.judge_again('2024-03-15') AS same \gset
SELECT is((SELECT count(*) FROM recon.suppression_event), :events::bigint, 'a run that changes nothing writes nothing');

-- Expiry.
UPDATE recon.suppression SET expires_at = now() - interval '1 hour';
SELECT is(proposal, 'remove it: it has expired', 'an expired rule is proposed for removal') FROM
    recon.suppression_summary;
SELECT pg_temp.judge_again('2024-03-15') AS expired \gset
SELECT is(queue('2024-03-15'), '16-a 16-b', 'the next run shows what an expired rule has hidden');
UPDATE recon.suppression SET expires_at = now() + interval '1 day', made_at = now() - interval '200 days',
    last_hidden_at = now() - interval '100 days';
SELECT is(state || ': ' || proposal, 'idle: remove it: it has hidden nothing for 90 days', 'an idle one too') FROM
    recon.suppression_summary;
SELECT pg_temp.judge_again('2024-03-15') AS in_force \gset

-- Retraction.
SET LOCAL ROLE recon_viewer;
SELECT matches(complaint(format('SELECT recon_retract_feedback(ARRAY[%s])', :expected)),
    '^42501 \| permission denied for reconciliation "cash"', 'a viewer cannot retract');
SET LOCAL ROLE recon_operator;
SELECT is(recon_retract_feedback(ARRAY[:expected]),
    '1 answers are retracted; 1 breaks are without an answer, and 1 are not hidden any longer', 'an operator can');
SELECT is(queue('2024-03-10') || ', ' || queue('2024-03-15'), '16-a 16-b 17-c, 16-a 16-b',
    'everything returns to the queue');
SELECT matches(complaint(format('SELECT recon_retract_feedback(ARRAY[%s])', :expected)),
    '^55000 \| answer [0-9]+ is retracted already \| By recon_operator\. \| Give a new answer',
        'an answer is retracted once');
SELECT matches(complaint('SELECT recon_retract_feedback(ARRAY[-3])'), '^42704 \| answer -3 does not exist',
    'an unknown answer cannot be retracted');
RESET ROLE;
SELECT is(state, 'ended', 'the rule has ended') FROM recon.suppression_summary;
SELECT pg_temp.judge_again('2024-03-15') AS after \gset
SELECT is(queue('2024-03-15'), '16-a 16-b', 'the retracted answer hides nothing in the next run');
SELECT ok(is_retracted, 'the retracted answer stays written') FROM recon.feedback_summary;

-- The newest answer counts; the one before counts again when it is retracted.
SELECT answer_id AS first FROM recon_feedback(ARRAY[:a], 'true_anomaly') \gset
SELECT results_eq(
    'SELECT key, break_date FROM recon.disputed_rows((SELECT reconciliation_id FROM recon.reconciliation))',
    $$VALUES ('{"account": "16-a"}'::jsonb, date '2024-03-10')$$,
    'a confirmed anomaly is a row that no baseline should learn from');
SELECT answer_id AS second FROM recon_feedback(ARRAY[:a], 'level_shift_accepted') \gset
SELECT is_empty('SELECT * FROM recon.disputed_rows((SELECT reconciliation_id FROM recon.reconciliation))',
    'until it is answered otherwise');
SELECT results_eq(
    'SELECT key, from_date FROM recon.accepted_levels((SELECT reconciliation_id FROM recon.reconciliation))',
    $$VALUES ('{"account": "16-a"}'::jsonb, date '2024-03-10')$$, 'an accepted level begins at its break');
SELECT recon_retract_feedback(ARRAY[:second]) AS said \gset
SELECT is((SELECT answer_id FROM recon.settled_break WHERE break_id = :a), :first::bigint,
    'the answer before counts again');

-- Wider scopes.
SET LOCAL ROLE recon_admin;
SELECT answer_id AS wide FROM recon_feedback(ARRAY[:b], 'false_positive', scope => 'pattern', key_pattern =>
    '{"account": "1_-_"}') \gset
RESET ROLE;
SELECT pg_temp.judge_again('2024-03-25') AS wide_run \gset
SELECT is(queue('2024-03-25'), '16-a', 'a pattern of keys hides the same thing of all of them');
SELECT is(queue('2024-03-15'), '16-a 16-b', 'a run speaks of its own dates only');
SET LOCAL ROLE recon_operator;
SELECT matches(complaint(format('SELECT recon_retract_feedback(ARRAY[%s])', :wide)), '^42501',
    'an operator cannot retract it');
SELECT matches(complaint('SELECT recon_end_suppression(ARRAY[-1])'), '^42704 \| suppression -1 does not exist',
    'an unknown suppression cannot be ended');
RESET ROLE;
SELECT is(recon_end_suppression(ARRAY(SELECT suppression_id FROM recon.suppression WHERE answer_id = :wide)),
    '1 suppressions have ended; 2 breaks are not hidden any longer', 'a rule can be ended');
SELECT is(queue('2024-03-25'), '16-a 16-b 17-c', 'what the rule hid stands in the queue');
SELECT answer_id AS recurring FROM recon_feedback(ARRAY[break_of('2024-03-10', '17-c')], 'recurs') \gset
SELECT pg_temp.judge_again('2024-03-20') AS far \gset
SELECT is(queue('2024-03-20'), '16-a 17-c', 'what recurs is hidden around its day of the month only');
SELECT is(string_agg(day::text, ' ' ORDER BY day), '2024-01-30 2024-01-31 2024-02-01 2024-02-04',
    'days of a month are near each other across its end')
FROM unnest('{2024-01-27,2024-01-30,2024-01-31,2024-02-01,2024-02-04,2024-02-10}'::date[]) AS day WHERE
    recon.is_near_day(day, 1);

-- Append-only, verified, erased, transferred, archived.
SELECT is_empty($$SELECT * FROM recon_verify_feedback('cash')$$, 'the chain of answers holds');
SELECT matches(complaint('UPDATE recon.answer SET verdict = ''expected'''),
    '^55000 \| table recon\.answer is append-only', 'answers cannot be changed');
SELECT matches(complaint('DELETE FROM recon.feedback'), '^55000 \| table recon\.feedback is append-only',
    'answers cannot be removed');
SET LOCAL ROLE recon_operator;
SELECT matches(complaint(format('SELECT recon_erase_feedback(ARRAY[%s])', :expected)), '^42501',
    'operators erase nothing');
SET LOCAL ROLE recon_admin;
SELECT is(recon_erase_feedback(ARRAY[:expected]), '1 comments are erased', 'an administrator can erase personal text');
SELECT is_empty($$SELECT * FROM recon_verify_feedback('cash')$$, 'the chain still holds after that');
SELECT matches(complaint(format('SELECT recon_transfer_feedback(ARRAY[%s], ''recon_viewer'')', :first)),
    '^42501 \| role "recon_viewer" may not answer breaks', 'a viewer cannot become responsible');
SELECT is(recon_transfer_feedback(ARRAY[:expected], 'recon_admin'), '1 answers are transferred to recon_admin',
    'an operator can');
RESET ROLE;
SELECT results_eq(format('SELECT given_by, responsible FROM recon.feedback_summary WHERE answer_id = %s', :expected),
    $$VALUES ('recon_operator'::name, 'recon_admin'::name)$$, 'who gave it stays written');
SELECT is(recon_archive_feedback(ARRAY[:recurring]), '1 answers are archived; 0 breaks are not hidden any longer',
    'an archived answer hides nothing more');
SELECT is(queue('2024-03-10'), NULL, 'the break of an archived answer stays answered');
ALTER TABLE recon.feedback DISABLE TRIGGER append_only;
UPDATE recon.feedback SET observed = 1 WHERE answer_id = :first;
ALTER TABLE recon.feedback ENABLE TRIGGER append_only;
SELECT results_eq($$SELECT * FROM recon_verify_feedback('cash')$$, format($$VALUES (%s::bigint,
    'its content is not what was written')$$, :first), 'a change behind its back is found');

-- An amount that is smaller may lie farther from what was expected.
CREATE FUNCTION is_queued(day date, account text) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT EXISTS (SELECT FROM recon.review_queue WHERE break_id = break_of(day, account)) $$;
SELECT answer_id AS level FROM recon_feedback(ARRAY[break_of('2024-03-10', 'quiet level')], 'expected') \gset
SELECT pg_temp.judge_again('2024-03-15') AS run, pg_temp.judge_again('2024-03-20') AS next_run \gset
SELECT is(is_queued('2024-03-20', 'quiet level'), true,
    'what is farther off is not hidden, though its amount is smaller');
SELECT is((SELECT is_anomaly FROM recon.break WHERE break_id = break_of('2024-03-20', 'quiet level')), true,
    'the break farther off has the same key, sign and direction');

SELECT recon_drop('cash') AS dropped \gset
SELECT is((SELECT count(*) FROM recon.answer) + (SELECT count(*) FROM recon.feedback) + (SELECT count(*) FROM
    recon.settled_break)
    + (SELECT count(*) FROM recon.suppression) + (SELECT count(*) FROM recon.suppression_event), 0::bigint,
        'answers go with their reconciliation');
SELECT * FROM finish();
ROLLBACK;
