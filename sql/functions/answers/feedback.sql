-- Answers to breaks.

CREATE OR REPLACE FUNCTION recon_feedback(
    break_ids bigint[], verdict text, category text DEFAULT NULL, comment text DEFAULT NULL, scope text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL, key_pattern jsonb DEFAULT NULL, duplicate_of bigint DEFAULT NULL
) RETURNS TABLE (answer_id bigint, reconciliation text, breaks bigint, suppressions bigint)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1 AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_feedback(bigint[], text, text, text, text, timestamptz, jsonb, bigint) IS
$$Records what an operator says about breaks: one row for each reconciliation that they belong to.
verdict: true_anomaly; false_positive or expected (the same thing is hidden until expires_at); level_shift_accepted (a
new normal from here); recurs (hidden around the same day of a month); duplicate_of (another
break, named in duplicate_of);
wrong_category (category is the right one).
scope, for false_positive and expected: key (default), break (hides nothing else), pattern (of keys: key_pattern, for
instance {"account": "16%"}) or category (of the breaks). Nothing larger, or farther from what was
expected, than the largest break answered is hidden.
expires_at: when what is hidden shows again; by default in 180 days.
The newest answer to a break counts. Needs level operator; scopes pattern and category need level admin.$$;

CREATE OR REPLACE FUNCTION recon.check_answer(
    verdict text, scope text, category text, expires_at timestamptz, key_pattern jsonb, duplicate_of bigint,
    break_ids bigint[]
) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hides boolean := verdict IN ('false_positive', 'expected', 'recurs') AND scope <> 'break';
    trouble text := CASE
        WHEN category !~ '\S' THEN 'category must not be blank'
        WHEN verdict = 'wrong_category' AND category IS NULL THEN 'verdict "wrong_category" needs the right category'
        WHEN verdict = 'duplicate_of' AND duplicate_of IS NULL
            THEN 'verdict "duplicate_of" needs the break that is meant, in duplicate_of'
        WHEN verdict <> 'duplicate_of' AND duplicate_of IS NOT NULL
            THEN format('duplicate_of is not possible for verdict "%s"', verdict)
        WHEN duplicate_of = ANY (break_ids) THEN format('break %s cannot be a duplicate of itself', duplicate_of)
        WHEN scope <> 'pattern' AND key_pattern IS NOT NULL
            THEN format('key_pattern is not possible for scope "%s"', scope)
        WHEN NOT hides AND expires_at IS NOT NULL
            THEN format('expires_at is not possible for verdict "%s" with scope "%s"', verdict, scope)
        WHEN NOT isfinite(expires_at) OR expires_at <= now() THEN 'expires_at must be a moment in the future' END;
BEGIN
    IF trouble IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = trouble,
            DETAIL = format('Given are verdict "%s", scope "%s", category %s, expires_at %s, duplicate_of %s.', verdict,
                scope, recon.name_text(category), coalesce(expires_at::text, 'NULL'),
                coalesce(duplicate_of::text, 'NULL')),
            HINT = 'See docs/answers.md for what each verdict and scope means.';
    END IF;
    IF duplicate_of IS NOT NULL THEN
        PERFORM recon.answered_breaks(ARRAY[duplicate_of]);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.check_answer(text, text, text, timestamptz, jsonb, bigint, bigint[]) IS
    'Raises invalid_parameter_value unless the arguments of recon_feedback fit together.';

CREATE OR REPLACE FUNCTION recon.hash_of_answer(a recon.answer) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT encode(sha256(convert_to(concat_ws(' ', coalesce(a.previous_hash, '-'),
        jsonb_build_array(a.answer_id, a.reconciliation_id, a.verdict, a.scope, a.category, a.key_pattern,
            a.duplicate_of, a.expires_at AT TIME ZONE 'UTC', a.given_by, a.given_at AT TIME ZONE 'UTC', a.breaks,
            a.comment_digest),
        (SELECT string_agg(jsonb_build_array(f.break_id, f.break_date, f.key_hash, f.key, f.measure, f.currency,
                    f.direction, f.observed::text, f.category, f.was_anomaly, f.occurrence)::text, ' '
                ORDER BY f.break_id)
         FROM recon.feedback f WHERE f.answer_id = a.answer_id)), 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION recon.hash_of_answer(recon.answer) IS
    'SHA-256 over an answer, its breaks and the hash of the answer before.';

CREATE OR REPLACE FUNCTION recon.store_answer(a recon.answer, comment text, breaks recon.break[]) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    salt text := gen_random_uuid()::text;
BEGIN
    -- One answer after the other: each takes the hash of the one before.
    PERFORM pg_advisory_xact_lock('recon.answer'::regclass::oid::integer, a.reconciliation_id);
    a.answer_id := nextval('recon.answer_answer_id_seq');
    a.given_at := clock_timestamp();
    a.breaks := cardinality(breaks);
    a.comment_digest := encode(sha256(convert_to(salt || comment, 'UTF8')), 'hex');
    a.previous_hash := (SELECT p.hash FROM recon.answer p WHERE p.reconciliation_id = a.reconciliation_id
                        ORDER BY p.answer_id DESC LIMIT 1);
    INSERT INTO recon.feedback (answer_id, break_id, reconciliation_id, break_date, key_hash, key, measure, currency,
        direction, observed, category, was_anomaly, occurrence)
    SELECT a.answer_id, b.break_id, b.reconciliation_id, b.break_date, b.key_hash, b.key, b.measure, b.currency,
           b.direction, b.observed, b.category, b.is_anomaly, b.occurrence
    FROM unnest(breaks) b;
    a.hash := recon.hash_of_answer(a);
    INSERT INTO recon.answer SELECT a.*;
    IF comment IS NOT NULL THEN
        INSERT INTO recon.answer_text (answer_id, reconciliation_id, comment, salt)
        VALUES (a.answer_id, a.reconciliation_id, comment, salt);
    END IF;
    INSERT INTO recon.settled_break AS s (break_id, reconciliation_id, break_date, answer_id)
    SELECT b.break_id, b.reconciliation_id, b.break_date, a.answer_id FROM unnest(breaks) b
    ON CONFLICT ON CONSTRAINT settled_break_pkey DO UPDATE SET answer_id = excluded.answer_id, suppression_id = NULL;
    RETURN a.answer_id;
END
$$;
COMMENT ON FUNCTION recon.store_answer(recon.answer, text, recon.break[]) IS
    'Writes an answer with its breaks and comment, chained to the answer before; gives its number.';

CREATE OR REPLACE FUNCTION recon.recon_feedback(
    break_ids bigint[], verdict text, category text, comment text, scope text, expires_at timestamptz,
    key_pattern jsonb, duplicate_of bigint
) RETURNS TABLE (answer_id bigint, reconciliation text, breaks bigint, suppressions bigint)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    a recon.answer;
    d recon.reconciliation;
    named record;
BEGIN
    scope := recon.scope_of_answer(verdict, scope);
    PERFORM recon.check_answer(verdict, scope, category, expires_at, key_pattern, duplicate_of, break_ids);
    FOR named IN
        SELECT b.reconciliation_id, array_agg(b) AS rows FROM recon.answered_breaks(break_ids) b
        GROUP BY b.reconciliation_id ORDER BY b.reconciliation_id
    LOOP
        SELECT r.* INTO d FROM recon.reconciliation r WHERE r.reconciliation_id = named.reconciliation_id;
        PERFORM recon.require_access(d.reconciliation_id,
            CASE WHEN recon_feedback.scope IN ('pattern', 'category') THEN 'admin' ELSE 'operator' END);
        IF recon_feedback.scope = 'pattern' THEN
            PERFORM recon.check_key_pattern(d, recon_feedback.key_pattern);
        END IF;
        a.reconciliation_id := d.reconciliation_id;
        a.verdict := recon_feedback.verdict;
        a.scope := recon_feedback.scope;
        a.category := recon_feedback.category;
        a.key_pattern := recon_feedback.key_pattern;
        a.duplicate_of := recon_feedback.duplicate_of;
        a.expires_at := recon_feedback.expires_at;
        a.given_by := recon.caller();
        recon_feedback.answer_id := recon.store_answer(a, nullif(btrim(comment), ''), named.rows);
        INSERT INTO recon.suppression (reconciliation_id, answer_id, scope, key_hash, key, key_pattern, category,
            measure, currency, direction, sign, to_deviation, from_amount, to_amount, around_day, made_at, expires_at)
        SELECT s.reconciliation_id, recon_feedback.answer_id, s.scope, s.key_hash, s.key, s.key_pattern, s.category,
               s.measure, s.currency, s.direction, s.sign, s.to_deviation, s.from_amount,
               s.to_amount, s.around_day, s.made_at, s.expires_at
        FROM recon.suppression_rules(named.rows, a.verdict, a.scope, a.key_pattern, a.expires_at) s;
        GET DIAGNOSTICS suppressions = ROW_COUNT;
        reconciliation := d.reconciliation_name;
        breaks := cardinality(named.rows);
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.recon_feedback(bigint[], text, text, text, text, timestamptz, jsonb, bigint) IS
    'Implementation of recon_feedback.';

CREATE OR REPLACE FUNCTION recon_verify_feedback(name text) RETURNS TABLE (answer_id bigint, trouble text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_verify_feedback(text) IS
    'The answers of a reconciliation that were changed, removed or added outside of recon_feedback; no row where the '
    'chain of hashes holds. An erased comment breaks nothing. Needs level viewer.';

CREATE OR REPLACE FUNCTION recon.recon_verify_feedback(name text) RETURNS TABLE (answer_id bigint, trouble text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'viewer');
BEGIN
    RETURN QUERY
        SELECT v.answer_id, v.trouble
        FROM (
            SELECT a.answer_id, CASE
                WHEN a.hash <> recon.hash_of_answer(a) THEN 'its content is not what was written'
                WHEN a.previous_hash IS DISTINCT FROM lag(a.hash) OVER (ORDER BY a.answer_id)
                    THEN 'the answer before is missing or another one'
                WHEN encode(sha256(convert_to(t.salt || t.comment, 'UTF8')), 'hex') <> a.comment_digest
                    OR t.answer_id IS NOT NULL AND a.comment_digest IS NULL THEN 'its comment is not what was written'
                WHEN t.answer_id IS NULL AND a.comment_digest IS NOT NULL AND NOT EXISTS (
                    SELECT FROM recon.answer_event e WHERE e.answer_id = a.answer_id AND e.event = 'erased')
                    THEN 'its comment is missing' END AS trouble
            FROM recon.answer a LEFT JOIN recon.answer_text t ON t.answer_id = a.answer_id
            WHERE a.reconciliation_id = d.reconciliation_id
        ) AS v
        WHERE v.trouble IS NOT NULL ORDER BY v.answer_id;
END
$$;
COMMENT ON FUNCTION recon.recon_verify_feedback(text) IS 'Implementation of recon_verify_feedback.';
