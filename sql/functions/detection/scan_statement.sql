-- The statement that reads a source.

-- Amounts of different currencies are never in one history.
CREATE OR REPLACE FUNCTION recon.grouping_columns(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN d.key_columns || CASE WHEN d.currency_column IS NULL OR d.currency_column = ANY (d.key_columns)
                                 THEN '{}'::text[] ELSE ARRAY[d.currency_column] END;
COMMENT ON FUNCTION recon.grouping_columns(recon.reconciliation) IS
    'The columns of which every combination of values has a history of its own: the key columns and the currency.';

CREATE OR REPLACE FUNCTION recon.judged_values(d recon.reconciliation) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN ARRAY(SELECT m->>'expression' FROM jsonb_array_elements(d.measures) m)
        || ARRAY(SELECT format('%I', c) FROM unnest(d.criteria_columns) c);
COMMENT ON FUNCTION recon.judged_values(recon.reconciliation) IS
    'The expressions a scan reads from a row: its measures, then what tells duplicates of one date apart.';

-- What every scan has in common, whatever it reads.
CREATE OR REPLACE FUNCTION recon.grouped_scan(
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
    'The statement that reads rows with the columns of a relation out of a FROM clause (with WHERE): key, pool of '
    'peers, currency, rows as a recon_series, how many are unreadable, and the mark of the key, grouped by key.';

-- One scan, grouped by key: each key's rows as a recon_series.
CREATE OR REPLACE FUNCTION recon.scan_statement(
    d recon.reconciliation, relation regclass, target regclass, as_of timestamptz, to_date date,
    after date DEFAULT NULL, rules jsonb DEFAULT '{}', among text DEFAULT NULL, is_target text DEFAULT 'true'
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
        -- The columns that are read and both have, the target's in the types of the history.
        SELECT array_agg(a.attname ORDER BY a.attnum) INTO needed
        FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = target AND b.attname = a.attname
             AND b.attnum > 0 AND NOT b.attisdropped
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attname = ANY (recon.columns_read(d));
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
            (SELECT string_agg(format('%s AS %I', recon.history_expression(relation, target, c), c), ', ' ORDER BY n)
             FROM unnest(needed) WITH ORDINALITY AS u(c, n)), is_target,
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
COMMENT ON FUNCTION recon.scan_statement(
    recon.reconciliation, regclass, regclass, timestamptz, date, date, jsonb, text, text
) IS
    'The one statement that reads the source, or its rows dated after a date (and among some of them only): key, pool '
    'of peers, currency, rows as a recon_series (judged are those of a condition, or '
    'of the target), how many of them are unreadable, grouped by key.';
