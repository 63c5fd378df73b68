-- Detection: what to read and how to judge it is decided here, in SQL; reading and judging happen in
-- recon_detect (src/run).

CREATE FUNCTION recon_detect(
    name text DEFAULT NULL, history text DEFAULT NULL, target text DEFAULT NULL,
    from_date date DEFAULT NULL, to_date date DEFAULT NULL, strategy text DEFAULT NULL,
    as_of timestamptz DEFAULT NULL, persist boolean DEFAULT true
) RETURNS SETOF recon.verdict
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 1000 AS 'MODULE_PATHNAME', 'recon_detect';
COMMENT ON FUNCTION recon_detect(text, text, text, date, date, text, timestamptz, boolean) IS
$$Judges the breaks of a reconciliation: one row for each break of the target window, in order of date and key.
name: a reconciliation of recon_create. history and target: relations to compare instead (without a name the columns' roles are guessed and nothing is stored).
from_date, to_date: the target window; by default the dates after the newest one judged, on the first run the newest date, and of earlier dates the rows that were loaded since where a loaded_at_column is known. Rows before it are the history.
Rows dated after the reconciliation's today (by its time zone; with as_of, after that day) are left out and counted
in a NOTICE, unless from_date or to_date lies beyond it too.
strategy: conservative, balanced, sensitive or one's own, instead of the reconciliation's. as_of: judge as if it were then (rows loaded later are left out where a loaded_at_column is known); with from_date or to_date a NOTICE says how many source rows have changed since a stored run judged these dates.
persist: store the run and its breaks (needs level operator); otherwise, and in a read-only transaction, break_id is NULL for breaks never stored.
score is -log10(p_value); a break is anomalous when its q_value is at most the strategy's alpha, it is material, and its pattern is not quiet. No row is a valid answer.$$;

-- Text of the value of a column that does not depend on session settings: scans fix them, but the
-- views of recon_create_view run under those of whoever reads. JSON has dates in ISO 8601.
CREATE FUNCTION recon.canonical_text(relation regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN type = 'numeric'::regtype THEN format('pg_catalog.trim_scale(%I)::text', column_name)
        WHEN type IN ('date'::regtype, 'timestamp'::regtype)
            THEN format('pg_catalog.to_jsonb(%I) OPERATOR(pg_catalog.#>>) ''{}''', column_name)
        WHEN type = 'timestamptz'::regtype
            THEN format('pg_catalog.to_jsonb(%I AT TIME ZONE ''UTC'') OPERATOR(pg_catalog.#>>) ''{}''', column_name)
        ELSE recon.text_expression(relation, column_name) END
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.canonical_text(regclass, text) IS
    'The expression that renders a key column: trimmed numerics, dates and moments in ISO 8601 and UTC, others as their text.';

CREATE FUNCTION recon.date_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN d.date_column IS NULL THEN NULL
        ELSE CASE recon.column_type(relation, d.date_column)
            WHEN 'date'::regtype THEN format('%I', d.date_column)
            WHEN 'timestamp'::regtype THEN format('%I::date', d.date_column)
            WHEN 'timestamptz'::regtype THEN recon.local_time(format('%I', d.date_column), d.time_zone) || '::date'
            ELSE format('recon.parse_date(%s, %L)', recon.text_expression(relation, d.date_column), d.date_format)
            END END
$$;
COMMENT ON FUNCTION recon.date_expression(regclass, recon.reconciliation) IS
    'The expression that gives a row''s date in the reconciliation''s time zone; NULL where there is no date column.';

-- Derived columns and criteria pairs go together where there are as many of one as of the other.
CREATE FUNCTION recon.mismatch_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN cardinality(d.derived_columns) > 0
                 AND cardinality(d.criteria_columns) = 2 * cardinality(d.derived_columns)
                 AND (SELECT bool_and(recon.amount_expression(relation, d.decimal_signs, c) IS NOT NULL) FROM unnest(d.criteria_columns) c)
        THEN (SELECT string_agg(format('(abs(%1$s) - abs(%2$s - %3$s)) NOT BETWEEN -%4$L::numeric AND %4$L::numeric',
                         recon.amount_expression(relation, d.decimal_signs, d.derived_columns[i]),
                         recon.amount_expression(relation, d.decimal_signs, d.criteria_columns[2 * i - 1]),
                         recon.amount_expression(relation, d.decimal_signs, d.criteria_columns[2 * i]),
                         coalesce((d.measures->(i::integer - 1)->>'tolerance')::numeric, 0)), ' OR ')
              FROM generate_subscripts(d.derived_columns, 1) i)
        ELSE 'false' END
$$;
COMMENT ON FUNCTION recon.mismatch_expression(regclass, recon.reconciliation) IS
    'The condition under which a stored difference disagrees with its two sides by more than the tolerance, whichever side is subtracted; false where they are not both known.';

CREATE FUNCTION recon.unreadable_condition(relation regclass, d recon.reconciliation, decimal_signs jsonb, others regclass) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s IS NULL AND %I ~ ''\S''', recon.amount_expression(relation, decimal_signs, c), c), ' OR ' ORDER BY c COLLATE "C")
    FROM (SELECT DISTINCT unnest(d.criteria_columns || d.derived_columns) AS c) AS amounts
    WHERE recon.is_text(recon.column_type(relation, c)) AND decimal_signs ? c
      AND (others IS NULL OR recon.is_number(recon.column_type(others, c)))
$$;
COMMENT ON FUNCTION recon.unreadable_condition(regclass, recon.reconciliation, jsonb, regclass) IS
    'The condition under which an amount of a row is kept as text that is no number and not blank; NULL where no amount is text. With another relation: of those amounts only which are numbers there.';

CREATE FUNCTION recon.target_signs(target_guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(c, coalesce(target_guess->'decimal_signs'->>c, d.decimal_signs->>c, '.'))
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;
COMMENT ON FUNCTION recon.target_signs(jsonb, recon.reconciliation) IS
    'Decimal signs of a target''s amounts: as its values show, else as in the history, else a point.';

-- Amounts and dates that one relation keeps as text and the other does not, or writes in another way, are
-- read as numbers and dates, not cast: one text that is none would be the end of the run.
CREATE FUNCTION recon.target_expression(
    relation regclass, target regclass, d recon.reconciliation, target_guess jsonb, column_name text
) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    here regtype := recon.column_type(relation, column_name);
    there regtype := recon.column_type(target, column_name);
    type_name text := (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                       WHERE a.attrelid = relation AND a.attname = column_name);
    is_amount boolean := column_name = ANY (d.criteria_columns || d.derived_columns);
    here_sign text := d.decimal_signs->>column_name;
    there_sign text := recon.target_signs(target_guess, d)->>column_name;
    expression text := format('%I', column_name);
BEGIN
    IF is_amount AND recon.is_number(here) AND recon.is_text(there) THEN
        expression := format('recon.parse_number(%I::text, %L)', column_name, there_sign);
    ELSIF is_amount AND recon.is_number(there) AND here_sign = ',' THEN
        expression := format('replace(%I::text, ''.'', '','')', column_name);
    ELSIF is_amount AND recon.is_text(there) AND here_sign <> there_sign THEN
        expression := format('coalesce(replace(recon.parse_number(%1$I::text, %2$L)::text, ''.'', %3$L), %1$I::text)',
                             column_name, there_sign, here_sign);
    ELSIF column_name = d.date_column AND recon.is_text(there) AND NOT recon.is_text(here) THEN
        expression := format('recon.parse_date(%I::text, %L)', column_name, coalesce(
            CASE WHEN target_guess->>'date_column' = column_name THEN target_guess->>'date_format' END, 'YYYY-MM-DD'));
    ELSIF there::oid >= 16384 AND there <> here THEN
        expression := recon.text_expression(target, column_name);
    END IF;
    RETURN format('%s::%s', expression, type_name);
END
$$;
COMMENT ON FUNCTION recon.target_expression(regclass, regclass, recon.reconciliation, jsonb, text) IS
    'The expression that gives a column of the target in the type, and with the decimal sign, that the history has.';

-- Amounts of different currencies are never in one history.
CREATE FUNCTION recon.grouping_columns(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                 THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;
COMMENT ON FUNCTION recon.grouping_columns(recon.reconciliation) IS
    'The columns of which every combination of values has a history of its own: the key columns and the currency.';

CREATE FUNCTION recon.judged_values(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN ARRAY(SELECT m->>'expression' FROM jsonb_array_elements(d.measures) m)
        || ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);
COMMENT ON FUNCTION recon.judged_values(recon.reconciliation) IS
    'The expressions a scan reads from a row: its measures, then what tells duplicates of one date apart.';

-- A definition is made when these columns are of the server's own types. Afterwards the source's owner can give them
-- others, with implicit casts that would run as the reconciliation's owner.
CREATE FUNCTION recon.require_known_types(relation regclass, d recon.reconciliation) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    changed text;
BEGIN
    SELECT c INTO changed
    FROM unnest(d.derived_columns || d.loaded_at_column
        || CASE WHEN coalesce(d.relative_tolerance, 0) > 0 THEN d.criteria_columns END
        || ARRAY(SELECT unnest(ARRAY[m->>'a', m->>'b']) FROM jsonb_array_elements(d.measures) m))
        WITH ORDINALITY AS u(c, n)
    WHERE recon.column_type(relation, c)::oid >= 16384 ORDER BY n LIMIT 1;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column "%s" of %s has another type than reconciliation "%s" was defined for',
                             changed, relation, d.reconciliation_name),
            DETAIL = format('Its type is %s.', recon.column_type(relation, changed)),
            HINT = 'Convert it in a view, and name the view as the source with recon_alter.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_known_types(regclass, recon.reconciliation) IS
    'Raises datatype_mismatch where a column that is read as a number or a moment now has a type that a user made.';

-- What every scan has in common, whatever it reads.
CREATE FUNCTION recon.grouped_scan(
    d recon.reconciliation, relation regclass, at text, is_target text, unreadable text, source text, row_rules text
) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys text;
    key_json text;
    pool_json text;
BEGIN
    PERFORM recon.require_known_types(relation, d);
    SELECT string_agg(format('%I', k), ', ' ORDER BY n),
           string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n)
    INTO keys, key_json
    FROM unnest(recon.grouping_columns(d)) WITH ORDINALITY AS u(k, n);
    SELECT string_agg(format('%L, %s', k, recon.canonical_text(relation, k)), ', ' ORDER BY n) INTO pool_json
    FROM unnest(d.pool_by) WITH ORDINALITY AS u(k, n);
    RETURN format(
        'SELECT jsonb_build_object(%s) AS key, %s AS pool, %s AS currency, '
        'recon.key_series(%s, %s, %s, %s, %s, %s) AS series, '
        '%s AS rows_unreadable, recon.key_mark(%s) AS key_mark '
        'FROM %s GROUP BY %s',
        key_json,
        coalesce('jsonb_build_object(' || pool_json || ')::text', 'NULL::text'),
        CASE WHEN d.currency_column IS NULL THEN 'NULL::text'
             ELSE recon.text_expression(relation, d.currency_column) END,
        at, d.break_condition, is_target,
        concat_ws(' + ', format('CASE WHEN %s THEN 1 ELSE 0 END', recon.mismatch_expression(relation, d)), row_rules),
        jsonb_array_length(d.measures),
        array_to_string(recon.judged_values(d), ', '),
        coalesce('count(*) FILTER (WHERE ' || unreadable || ')', '0::bigint'), keys, source, keys);
END
$$;
COMMENT ON FUNCTION recon.grouped_scan(recon.reconciliation, regclass, text, text, text, text, text) IS
    'The statement that reads rows with the columns of a relation out of a FROM clause (with WHERE): key, pool of peers, currency, rows as a recon_series, how many are unreadable, and the mark of the key, grouped by key.';

-- One scan, grouped by key: each key's rows as a recon_series.
CREATE FUNCTION recon.scan_statement(
    d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date, after date DEFAULT NULL,
    rules jsonb DEFAULT '{}', among text DEFAULT NULL, is_target text DEFAULT 'true'
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    needed text[];
    target_guess jsonb;
    unreadable text := recon.unreadable_condition(relation, d, d.decimal_signs, NULL);
    unreadable_target text; -- amounts that are numbers in the history and texts in the target
    is_unreadable text := 'recon_is_unreadable';
    source text;
    at text := recon.date_expression(relation, d);
    today date := (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date;
    filters text[] := '{}';
BEGIN
    IF target IS NULL THEN
        source := format('%s AS source', recon.qualified_name(relation));
    ELSE
        -- The columns both have, the target's in the types of the history.
        SELECT array_agg(a.attname ORDER BY a.attnum) INTO needed
        FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = target AND b.attname = a.attname
             AND b.attnum > 0 AND NOT b.attisdropped
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
        is_target := 'recon_is_target';
        WHILE is_target = ANY (needed) LOOP
            is_target := is_target || '_';
        END LOOP;
        IF EXISTS (SELECT FROM unnest(d.criteria_columns || d.derived_columns || d.date_column) c
                   WHERE recon.is_text(recon.column_type(target, c))) THEN
            target_guess := recon.guess_definition(target, d.owner);
        END IF;
        unreadable_target := recon.unreadable_condition(target, d, recon.target_signs(target_guess, d), relation);
        IF unreadable_target IS NOT NULL THEN
            WHILE is_unreadable = ANY (needed) LOOP
                is_unreadable := is_unreadable || '_';
            END LOOP;
            unreadable := concat_ws(' OR ', unreadable, is_unreadable);
        END IF;
        source := format('(SELECT %s, false AS %I%s FROM %s UNION ALL SELECT %s, true%s FROM %s) AS source',
            (SELECT string_agg(format('%I', c), ', ') FROM unnest(needed) c), is_target,
            CASE WHEN unreadable_target IS NULL THEN '' ELSE format(', false AS %I', is_unreadable) END,
            recon.qualified_name(relation),
            (SELECT string_agg(recon.target_expression(relation, target, d, target_guess, c), ', ' ORDER BY n)
             FROM unnest(needed) WITH ORDINALITY AS u(c, n)),
            coalesce(', ' || unreadable_target, ''), recon.qualified_name(target));
    END IF;
    IF at IS NULL THEN
        at := CASE WHEN target IS NULL THEN format('%L::date', today)
                   ELSE format('(CASE WHEN %s THEN %L::date ELSE %L::date END)', is_target, today, today - 1) END;
    END IF;
    IF to_date IS NOT NULL AND d.date_column IS NOT NULL THEN
        filters := filters || format('(%s <= %L OR %1$s IS NULL)', at, to_date);
    END IF;
    IF after IS NOT NULL THEN
        filters := filters || format('%s > %L AND %1$s < ''infinity''', at, after);
    END IF;
    IF among IS NOT NULL THEN
        filters := filters || among;
    END IF;
    IF as_of IS NOT NULL AND d.loaded_at_column IS NOT NULL THEN
        filters := filters || format('%I <= %L::timestamptz', d.loaded_at_column, as_of);
    END IF;
    RETURN recon.grouped_scan(d, relation, at, is_target, unreadable,
        source || CASE WHEN cardinality(filters) > 0 THEN ' WHERE ' || array_to_string(filters, ' AND ') ELSE '' END,
        recon.found_expression(relation, d, rules));
END
$$;
COMMENT ON FUNCTION recon.scan_statement(recon.reconciliation, regclass, regclass, timestamptz, date, date, jsonb, text, text) IS
    'The one statement that reads the source, or its rows dated after a date (and among some of them only): key, pool of peers, currency, rows as a recon_series (judged are those of a condition, or of the target), how many of them are unreadable, grouped by key.';

-- Late rows: dated up to the newest date judged, loaded since.

-- Of a date all that is known is that the row was there when the day was over.
CREATE FUNCTION recon.loaded_at_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE recon.column_type(relation, d.loaded_at_column)
        WHEN 'timestamptz'::regtype THEN format('%I', d.loaded_at_column)
        WHEN 'timestamp'::regtype THEN recon.moment_of(format('%I', d.loaded_at_column), d.time_zone)
        WHEN 'date'::regtype
            THEN recon.moment_of(recon.timestamp_of(format('%I', d.loaded_at_column), 1), d.time_zone) END
$$;
COMMENT ON FUNCTION recon.loaded_at_expression(regclass, recon.reconciliation) IS
    'The expression that gives the moment at which a row was loaded; NULL where no column says so, or in another type than a date or a moment.';

-- A row is visible once its transaction commits, and says at what time it was loaded before that: rows of
-- transactions that are under way when a run reads are late for it, however long ago these began.
CREATE FUNCTION recon.all_loaded_before() RETURNS timestamptz
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    RETURN least(
        CASE WHEN current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
             THEN statement_timestamp() ELSE transaction_timestamp() END,
        (SELECT min(a.xact_start) FROM pg_stat_get_activity(NULL) a
         WHERE a.datid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())
           AND a.pid <> pg_backend_pid() AND a.backend_type <> 'autovacuum worker'));
END
$$;
COMMENT ON FUNCTION recon.all_loaded_before() IS
    'A moment before which no row was loaded that this statement does not see: it, or the oldest transaction under way, began then.';

-- A run over certain dates tells of these only: rows of other dates that were loaded before it are late still.
CREATE FUNCTION recon.late_plan(
    d recon.reconciliation, relation regclass, newest_judged date, OUT since_run bigint, OUT through date, OUT condition text
)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    at text := recon.date_expression(relation, d);
    loaded_at text := recon.loaded_at_expression(relation, d);
    since timestamptz;
    judged_later text;
BEGIN
    IF newest_judged IS NULL OR at IS NULL OR loaded_at IS NULL THEN
        RETURN;
    END IF;
    -- The last run that would have judged late rows; where there was none, the first run of all. What was
    -- judged while the reconciliation had no loaded_at_column counts from its start.
    SELECT r.run_id, coalesce(r.loaded_before, r.started_at) INTO since_run, since
    FROM recon.run r
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
    ORDER BY r.late_rows IS NOT NULL OR r.loaded_before IS NULL DESC,
             CASE WHEN r.late_rows IS NOT NULL OR r.loaded_before IS NULL THEN coalesce(r.loaded_before, r.started_at) END DESC,
             r.started_at, r.run_id DESC
    LIMIT 1;
    SELECT max(r.judged_through) INTO through FROM recon.run r JOIN recon.run last ON last.run_id = since_run
    WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
      AND r.started_at <= last.started_at;
    SELECT string_agg(format('WHEN %s BETWEEN %L AND %L THEN %L::timestamptz', at, u.from_date, u.to_date, u.moment),
                      ' ' ORDER BY u.moment DESC, u.from_date, u.to_date)
    INTO judged_later
    FROM (SELECT r.from_date, r.to_date, max(r.loaded_before) AS moment FROM recon.run r
          WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch
            AND r.to_date IS NOT NULL AND r.loaded_before > since
          GROUP BY r.from_date, r.to_date) AS u;
    condition := format('(%s > %L OR %s >= %L::timestamptz', at, newest_judged, loaded_at, since)
        || CASE WHEN judged_later IS NULL THEN '' ELSE format(' AND %s >= CASE %s ELSE %L::timestamptz END', loaded_at, judged_later, since) END || ')';
END
$$;
COMMENT ON FUNCTION recon.late_plan(recon.reconciliation, regclass, date) IS
    'Which rows a run judges by default where it is known when rows were loaded: the condition, the run since which late ones were loaded, and the newest date that had been judged then; NULL where late rows are not known.';

CREATE FUNCTION recon.source_fingerprint(d recon.reconciliation) RETURNS text
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    RETURN md5(recon.scan_statement(d, to_regclass(d.source), NULL, NULL, NULL));
COMMENT ON FUNCTION recon.source_fingerprint(recon.reconciliation) IS
    'Digest of the statement that reads the source of a reconciliation: its columns, measures and break rule.';

CREATE FUNCTION recon.replayed_run(
    reconciliation integer, from_date date, to_date date, as_of timestamptz,
    OUT run_id bigint, OUT is_of_this_definition boolean, OUT dated_rows bigint, OUT rows_sketch bytea
) RETURNS SETOF record
    LANGUAGE sql VOLATILE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.run_id, u.source_fingerprint = recon.source_fingerprint(r),
           u.rows_read - u.rows_without_date - coalesce(u.rows_in_future, 0), u.rows_sketch
    FROM recon.run u JOIN recon.reconciliation r USING (reconciliation_id)
    WHERE u.reconciliation_id = replayed_run.reconciliation AND u.status = 'succeeded' AND NOT u.is_watch
      AND u.rows_sketch IS NOT NULL AND u.started_at <= replayed_run.as_of
      AND u.from_date >= coalesce(replayed_run.from_date, u.to_date) AND u.to_date <= coalesce(replayed_run.to_date, u.to_date)
      AND num_nonnulls(replayed_run.from_date, replayed_run.to_date) > 0
    ORDER BY u.to_date DESC, u.run_id DESC LIMIT 1
$$;
COMMENT ON FUNCTION recon.replayed_run(integer, date, date, timestamptz) IS
    'The newest run that had judged dates within a window by a moment, and what it remembers of the rows it read; no row where there is none.';

CREATE FUNCTION recon.check_run(
    name text, history text, target text, from_date date, to_date date, persist boolean
) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
BEGIN
    IF from_date > to_date THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'from_date must not be after to_date',
            DETAIL = format('From %s to %s.', from_date, to_date);
    END IF;
    IF name IS NULL THEN
        RETURN d;
    END IF;
    d := recon.find_reconciliation(name, 'viewer');
    IF coalesce(persist, true) THEN
        PERFORM recon.require_access(d.reconciliation_id, 'operator');
    END IF;
    IF NOT d.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('reconciliation "%s" is not active', name),
            HINT = 'Activate it with recon_alter(name, is_active => true).';
    END IF;
    IF history IS NOT NULL OR target IS NOT NULL THEN
        -- Relations of the caller's choice are read with the owner's rights: only the owner may choose.
        PERFORM recon.require_ownership(d, 'what is read');
    END IF;
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.check_run(text, text, text, date, date, boolean) IS
    'The reconciliation of a name (NULL without a name), if the caller may have it judged like this.';

CREATE FUNCTION recon.strategy_copy(s recon.strategy, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN jsonb_build_object('strategy_name', s.strategy_name, 'version', s.version, 'alpha', s.alpha,
        'detectors', s.detectors, 'history_rows', s.history_rows, 'combination', s.combination, 'scores', s.scores,
        'rules', recon.effective_rules(s, d),
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount))
        || CASE WHEN d.minimum_amounts IS NULL THEN '{}' ELSE jsonb_build_object('minimum_amounts', d.minimum_amounts) END;
COMMENT ON FUNCTION recon.strategy_copy(recon.strategy, recon.reconciliation) IS
    'What a run keeps of the strategy it uses, with the reconciliation''s own floors of materiality and rules.';

CREATE FUNCTION recon.minimum_amount_of(strategy_copy jsonb, currency text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce((strategy_copy->'minimum_amounts'->>currency)::numeric, (strategy_copy->>'minimum_amount')::numeric);
COMMENT ON FUNCTION recon.minimum_amount_of(jsonb, text) IS
    'From which amount on a break of a currency (NULL: of none) is material, by a run''s copy of its strategy.';

CREATE FUNCTION recon.plan_run(
    name text, history text, target text, from_date date, to_date date,
    strategy text, as_of timestamptz, persist boolean
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    s recon.strategy;
    relation regclass;
    target_relation regclass;
    rules jsonb;
    is_of_source boolean := name IS NOT NULL AND history IS NULL AND target IS NULL;
    late record;
    holidays date[];
    newest_judged date;
    scan text;
    baseline jsonb;
    plan jsonb := '{}';
BEGIN
    d := recon.check_run(name, history, target, from_date, to_date, persist);
    IF name IS NOT NULL THEN
        relation := CASE WHEN history IS NULL THEN d.source::regclass ELSE recon.require_relation(history, d.owner) END;
    ELSE
        IF history IS NULL AND target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = 'nothing to judge: neither a reconciliation nor a relation was named',
                HINT = 'Use recon_detect(''name''), or recon_detect(history => ''table'', target => ''table'').';
        END IF;
        relation := recon.require_relation(coalesce(history, target), recon.caller());
        d := recon.guess_missing(relation, recon.empty_definition(recon.caller()), recon.caller());
        d := recon.complete_definition(relation, d);
        plan := jsonb_build_object('advice', format('nothing is stored without a name; to keep verdicts: SELECT recon_create(''...'', source => %L)',
                                                    relation::text));
    END IF;
    IF target IS NOT NULL AND (history IS NOT NULL OR name IS NOT NULL) THEN
        target_relation := recon.require_relation(target, d.owner);
        PERFORM recon.require_columns(target_relation, d.key_columns || d.derived_columns || d.criteria_columns
            || array_remove(ARRAY[d.date_column, d.currency_column], NULL), 'the definition');
    END IF;
    s := recon.strategy_as_of(coalesce(strategy, d.strategy), as_of);
    rules := recon.applicable_rules(s, d, relation);
    PERFORM recon.require_rules(relation, d, rules);
    IF target_relation IS NOT NULL THEN
        PERFORM recon.require_rules(target_relation, d, rules);
    END IF;
    scan := recon.scan_statement(d, relation, target_relation, as_of, to_date, NULL, rules);
    holidays := recon.known_holidays(d.calendar, as_of);
    newest_judged := (SELECT max(r.judged_through) FROM recon.run r
        WHERE r.reconciliation_id = d.reconciliation_id AND r.status = 'succeeded' AND NOT r.is_watch);
    IF is_of_source AND as_of IS NULL AND d.date_column IS NOT NULL THEN
        baseline := recon.baseline_plan(d, s, from_date, to_date, newest_judged, scan, rules, holidays);
    END IF;
    IF is_of_source AND recon.loaded_at_expression(relation, d) IS NOT NULL THEN
        -- What is loaded at the moment that is judged belongs to it.
        plan := plan || jsonb_build_object('loaded_before', least(as_of + interval '1 microsecond', recon.all_loaded_before()));
        IF from_date IS NULL AND to_date IS NULL THEN
            late := recon.late_plan(d, relation, newest_judged);
            plan := plan || jsonb_build_object('late_rows', jsonb_build_object('since_run', late.since_run, 'through', late.through));
            IF late.condition IS NOT NULL THEN
                scan := recon.scan_statement(d, relation, NULL, as_of, NULL, NULL, rules, NULL, late.condition);
                -- What the baselines do not know of earlier dates may be late: the whole history tells.
                IF (baseline->>'through')::date < newest_judged THEN
                    baseline := baseline - '{through}'::text[];
                END IF;
            END IF;
        END IF;
    END IF;
    RETURN plan || jsonb_build_object(
        'reconciliation_id', d.reconciliation_id, 'reconciliation_name', d.reconciliation_name, 'reader', d.owner,
        'scan', scan, 'measures', d.measures, 'separate_target', target_relation IS NOT NULL,
        'from_date', from_date, 'to_date', to_date, 'newest_judged', newest_judged,
        'today', (coalesce(as_of, now()) AT TIME ZONE d.time_zone)::date,
        'alpha', s.alpha, 'detectors', recon.detector_weights(s), 'forest', recon.forest_options(s),
        'combination', s.combination, 'history_rows', s.history_rows, 'scores', s.scores,
        'minimum_amount', coalesce(d.minimum_amount, s.minimum_amount), 'minimum_amounts', d.minimum_amounts,
        'rules', recon.rule_plan(rules, as_of), 'own_detectors', recon.own_detector_plan(s, rules, d.owner),
        'holidays', holidays,
        'strategy', recon.strategy_copy(s, d) || CASE WHEN d.calendar IS NULL THEN '{}' ELSE jsonb_build_object('calendar',
            jsonb_build_object('name', d.calendar, 'holidays', cardinality(holidays), 'digest', md5(to_jsonb(holidays)::text))) END,
        'persist', coalesce(persist, true) AND d.reconciliation_id IS NOT NULL, 'baseline', baseline);
END
$$;
COMMENT ON FUNCTION recon.plan_run(text, text, text, date, date, text, timestamptz, boolean) IS
    'Checks the arguments and rights of a call of recon_detect and says what it reads and how it judges, as one object; src/run/plan/plan_reader.cpp reads it by its names.';
