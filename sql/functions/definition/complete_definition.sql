-- A definition, checked and completed.

-- Reading the texts of amounts as numbers is tried first. A rule that treats them as text is taken as it is.
CREATE OR REPLACE FUNCTION recon.check_rule(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner,
        ARRAY(SELECT unnest(ARRAY[s.key, s.value]) FROM jsonb_each_text(d.decimal_signs) s));
EXCEPTION WHEN undefined_function OR ambiguous_function OR datatype_mismatch OR cannot_coerce
    OR invalid_text_representation THEN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner, '{}');
END
$$;
COMMENT ON FUNCTION recon.check_rule(regclass, recon.reconciliation) IS
    'The break rule of a definition as it runs: checked, with the amounts that are kept as text read as numbers.';

-- Fills in measures and break condition of a definition whose columns are all named, and checks it.
CREATE OR REPLACE FUNCTION recon.complete_definition(relation regclass, d recon.reconciliation)
    RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    date_type regtype;
    measure jsonb;
    parts text[] := '{}';
    completed jsonb := '[]';
    threshold text;
    side_a text;
    side_b text;
BEGIN
    PERFORM recon.require_columns(relation, d.key_columns, 'key_columns');
    PERFORM recon.require_columns(relation, d.criteria_columns, 'criteria_columns');
    PERFORM recon.require_columns(relation, d.derived_columns, 'derived_columns');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.date_column], NULL), 'date_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.comment_column], NULL), 'comment_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.currency_column], NULL), 'currency_column');
    PERFORM recon.require_columns(relation, array_remove(ARRAY[d.loaded_at_column], NULL), 'loaded_at_column');
    IF cardinality(d.key_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'a reconciliation needs at least one key column',
            HINT = 'Key columns identify what is compared; look at recon_suggest(''' || relation || ''').';
    END IF;
    IF NOT d.pool_by <@ d.key_columns THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pool_by must name key columns',
            DETAIL = format('Key columns are %s; pool_by is %s.', d.key_columns, d.pool_by);
    END IF;

    IF d.date_column IS NOT NULL THEN
        date_type := recon.column_type(relation, d.date_column);
        IF recon.is_text(date_type) OR date_type IN ('int4'::regtype, 'int8'::regtype, 'numeric'::regtype) THEN
            IF d.date_format IS NULL THEN
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('date column "%s" is %s and its format is not known', d.date_column,
                                     CASE WHEN recon.is_text(date_type) THEN 'text' ELSE 'a number' END),
                    HINT = format('Give it as date_format, for example %L.',
                                  CASE WHEN recon.is_text(date_type) THEN 'DD-MM-YYYY' ELSE 'YYYYMMDD' END);
            END IF;
        ELSIF date_type NOT IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('date column "%s" has type %s', d.date_column, date_type),
                HINT = 'A date column is a date, a timestamp, or text or a number with a date_format.';
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = d.time_zone) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('time zone "%s" does not exist', d.time_zone),
            HINT = 'See pg_timezone_names for what exists, such as ''Europe/London''.';
    END IF;
    PERFORM recon.current_strategy(d.strategy);
    PERFORM recon.known_holidays(d.calendar, NULL); -- there must be such a calendar
    PERFORM recon.require_amount(d.tolerance, 'tolerance');
    PERFORM recon.require_amount(d.relative_tolerance, 'relative_tolerance');
    PERFORM recon.require_amount(d.minimum_amount, 'minimum_amount');
    PERFORM recon.require_amounts(d.minimum_amounts, 'minimum_amounts');
    IF d.minimum_amounts IS NOT NULL AND d.currency_column IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'minimum_amounts needs a currency column',
            DETAIL = format('It is %s, and reconciliation "%s" has no currency column.', d.minimum_amounts,
                            d.reconciliation_name),
            HINT = 'Name the column in currency_column, or give one minimum_amount.';
    END IF;

    IF d.decimal_signs IS NULL AND recon.has_text_amounts(relation, d) THEN
        d.decimal_signs := recon.amount_signs(recon.guess_definition(relation, d.owner), d);
    END IF;
    d.measures := recon.measures_of(relation, d);
    IF jsonb_array_length(d.measures) > 16 THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a reconciliation has at most 16 measures',
            DETAIL = format('%s follow from its columns.', jsonb_array_length(d.measures));
    END IF;

    IF d.break_when IS NOT NULL THEN
        d.break_condition := recon.check_rule(relation, d);
    END IF;
    FOR measure IN SELECT * FROM jsonb_array_elements(d.measures) LOOP
        IF NOT measure ? 'tolerance' THEN
            measure := measure || jsonb_build_object('tolerance', coalesce(d.tolerance,
                recon.tolerance_in(d.break_condition, recon.plain_measure(relation, d, measure)), 0));
        END IF;
        completed := completed || measure;
        side_a := d.criteria_columns[2 * jsonb_array_length(completed) - 1];
        side_b := d.criteria_columns[2 * jsonb_array_length(completed)];
        threshold := format('%L::numeric', (measure->>'tolerance')::numeric);
        IF coalesce(d.relative_tolerance, 0) > 0 THEN
            IF cardinality(d.criteria_columns) >= 2 * jsonb_array_length(completed) THEN
                threshold := format('greatest(%s, recon.share(%L::numeric, greatest(abs(%s), abs(%s))%s))',
                    threshold, d.relative_tolerance,
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_a), quote_ident(side_a)),
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_b), quote_ident(side_b)),
                    CASE WHEN recon.is_float(relation, side_a) OR recon.is_float(relation, side_b) THEN ''
                         ELSE '::numeric' END);
            ELSE
                RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                    MESSAGE = 'a relative tolerance needs the two sides of every measure',
                    DETAIL = format('Measure "%s" has none.', measure->>'name'),
                    HINT = 'Name them in criteria_columns, pair after pair, in the order of the derived columns.';
            END IF;
        END IF;
        parts := parts || format('abs(%s) > %s', measure->>'expression', threshold);
    END LOOP;
    d.measures := completed;
    IF d.break_when IS NULL THEN
        d.break_condition := recon.check_expression(relation, array_to_string(parts, ' OR '), 'the tolerance', d.owner,
                                                    '{}');
    END IF;
    d.condition_types := (SELECT coalesce(jsonb_object_agg(c, recon.column_type(relation, c)), '{}')
                          FROM unnest(recon.columns_named(relation, d.break_condition, d.owner)) AS c);
    PERFORM recon.require_scan(relation, d);
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.complete_definition(regclass, recon.reconciliation) IS
    'Checks every column and expression of a definition and derives its measures and break condition.';
