-- Defining reconciliations.

CREATE FUNCTION recon_create(
    name text, source text,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL, calendar text DEFAULT NULL, minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, jsonb) IS
$$Defines a reconciliation over a table, view or foreign table. What is not given is guessed from the data (see recon_suggest).
key_columns identify what is compared; criteria_columns are the two sides, pair after pair; derived_columns are stored differences, each judged as a measure (without them the differences of the pairs are).
break_when is a condition over the source's columns; without it a row is a break where a measure exceeds the tolerance (absolute) and relative_tolerance (share of the larger side). A row for which it is unknown is a break too.
pool_by names key columns that make groups of peers; minimum_amount is the materiality floor: a smaller break is never anomalous; minimum_amounts has one of their own for some currencies, as the currency column writes them ({"EUR": 100, "JPY": 15000}), which needs a currency column. date_format is the to_date format of a date kept as text; calendar is one of recon_add_holidays, whose holidays are no business days (without it weekends alone are none). The caller becomes the owner: reads of the source run as the owner.
Returns one sentence. Errors: 42P01 no such relation, 42703 no such column, 42704 no such strategy or calendar, 22023 a wrong value, 42710 the name is taken.$$;

CREATE FUNCTION recon_alter(
    name text, source text DEFAULT NULL,
    key_columns text[] DEFAULT NULL, criteria_columns text[] DEFAULT NULL, derived_columns text[] DEFAULT NULL,
    date_column text DEFAULT NULL, comment_column text DEFAULT NULL, currency_column text DEFAULT NULL,
    loaded_at_column text DEFAULT NULL, break_when text DEFAULT NULL,
    tolerance numeric DEFAULT NULL, relative_tolerance numeric DEFAULT NULL, pool_by text[] DEFAULT NULL,
    strategy text DEFAULT NULL, time_zone text DEFAULT NULL, minimum_amount numeric DEFAULT NULL,
    date_format text DEFAULT NULL, description text DEFAULT NULL,
    new_name text DEFAULT NULL, owner name DEFAULT NULL, is_active boolean DEFAULT NULL, calendar text DEFAULT NULL,
    minimum_amounts jsonb DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean, text, jsonb) IS
$$Changes what is named and keeps the rest; arguments as in recon_create. An empty text or array removes an optional column, or the calendar; minimum_amounts are replaced as a whole, and removed by an empty object. What changes where the source is read or which expressions run (source, columns, break_when) is for the owner alone, because it runs with the owner's rights. A new owner must be a role the caller is a member of. Returns one sentence.$$;

CREATE FUNCTION recon_drop(name text, if_exists boolean DEFAULT false) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'recon_privileged_call';
COMMENT ON FUNCTION recon_drop(text, boolean) IS
    'Drops a reconciliation with its runs, breaks and verdicts. Only its owner or an administrator may. Returns one sentence.';

-- The columns of a relation that matter here, by name.
CREATE FUNCTION recon.column_type(relation regclass, column_name text) RETURNS regtype
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END::regtype
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped
$$;
COMMENT ON FUNCTION recon.column_type(regclass, text) IS 'Type of a column, of its base type for a domain; NULL where there is no such column.';

-- A cast to text can be a function of the type's owner, which must not run as the role that reads the column. The
-- server's own types, which have lower numbers, have no such cast. Output functions are the server's or a superuser's.
CREATE FUNCTION recon.text_expression(relation regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE WHEN type::oid < 16384 THEN '%I::text'
                       ELSE 'CASE WHEN pg_catalog.num_nulls(%1$I) OPERATOR(pg_catalog.=) 0 '
                            'THEN pg_catalog.format(''%%s'', %1$I) END' END, column_name)
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.text_expression(regclass, text) IS
    'The expression that gives a column as text without running code of its type''s owner.';

CREATE FUNCTION recon.is_number(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('numeric'::regtype, 'float8'::regtype, 'float4'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype);
COMMENT ON FUNCTION recon.is_number(regtype) IS 'Whether values of a type can be a measure.';

CREATE FUNCTION recon.is_text(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);
COMMENT ON FUNCTION recon.is_text(regtype) IS 'Whether values of a type are texts, in which dates and amounts may be kept.';

-- As the server writes it when it gives a checked expression back.
CREATE FUNCTION recon.amount_expression(relation regclass, decimal_signs jsonb, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN recon.is_number(type) THEN format('%I', column_name)
        WHEN recon.is_text(type) AND decimal_signs ? column_name
            THEN format('recon.parse_number(%s, %L::text)',
                        format(CASE WHEN type = 'text'::regtype THEN '%I' ELSE '(%I)::text' END, column_name),
                        decimal_signs->>column_name) END
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.amount_expression(regclass, jsonb, text) IS
    'The expression of a column''s amounts: itself where it is of numbers, read with its decimal sign where it is of text; NULL where its values are not numbers.';

CREATE FUNCTION recon.amount_signs(guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(name, coalesce(guess->'decimal_signs'->>name, '.'))
    FROM (
        SELECT c->>'name' AS name FROM jsonb_array_elements(guess->'columns') c
        WHERE c->>'role' IN ('criteria', 'derived', 'tolerance') OR c->>'name' = ANY (d.criteria_columns || d.derived_columns)
    ) AS amounts
    -- A difference is a number even before there is a row to show how it is written.
    WHERE guess->'decimal_signs' ? name OR ((guess->>'rows')::bigint = 0 AND name = ANY (d.derived_columns))
$$;
COMMENT ON FUNCTION recon.amount_signs(jsonb, recon.reconciliation) IS
    'Columns and decimal signs of the amounts that are kept as text, by recon.suggest_definition''s answer; NULL where there are none.';

CREATE FUNCTION recon.has_text_amounts(relation regclass, d recon.reconciliation) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_or(recon.is_text(recon.column_type(relation, c))), false)
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;
COMMENT ON FUNCTION recon.has_text_amounts(regclass, recon.reconciliation) IS
    'Whether a criteria or derived column is of text, so that it takes a look at its values to tell numbers from names.';

-- Reading the texts of amounts as numbers is tried first. A rule that treats them as text is taken as it is.
CREATE FUNCTION recon.check_rule(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner,
        ARRAY(SELECT unnest(ARRAY[s.key, s.value]) FROM jsonb_each_text(d.decimal_signs) s));
EXCEPTION WHEN undefined_function OR ambiguous_function OR datatype_mismatch OR cannot_coerce OR invalid_text_representation THEN
    RETURN recon.check_expression(relation, d.break_when, 'break_when', d.owner, '{}');
END
$$;
COMMENT ON FUNCTION recon.check_rule(regclass, recon.reconciliation) IS
    'The break rule of a definition as it runs: checked, with the amounts that are kept as text read as numbers.';

CREATE FUNCTION recon.require_columns(relation regclass, columns text[], what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text;
    present text;
BEGIN
    FOREACH wanted IN ARRAY coalesce(columns, '{}') LOOP
        IF recon.column_type(relation, wanted) IS NULL THEN
            SELECT string_agg(a.attname, ', ' ORDER BY a.attnum) INTO present
            FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
            RAISE EXCEPTION USING
                ERRCODE = 'undefined_column',
                MESSAGE = format('column "%s" named in %s does not exist in %s', wanted, what, relation),
                DETAIL = format('Its columns are: %s.', present),
                HINT = 'Names are compared exactly as they are stored, upper and lower case included.';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_columns(regclass, text[], text) IS
    'Raises undefined_column, with the columns there are, unless the relation has all of these.';

-- A tolerance which the break rule itself states: abs("column") > number, as it is deparsed.
CREATE FUNCTION recon.tolerance_in(condition text, expression text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (regexp_match(condition, format('abs\(\(?%s\)?\) >=? \(*''?([0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)',
                regexp_replace(expression, '([.^$*+?()\[\]{}\\|])', '\\\1', 'g'))))[1]::numeric
$$;
COMMENT ON FUNCTION recon.tolerance_in(text, text) IS
    'The number n where a break rule says abs(expression) > n; NULL where it does not.';

CREATE FUNCTION recon.measures_of(relation regclass, d recon.reconciliation) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    measures jsonb := '[]';
    a text;
    b text;
    x text;
    y text;
    derived text;
BEGIN
    FOREACH derived IN ARRAY d.derived_columns LOOP
        x := recon.amount_expression(relation, d.decimal_signs, derived);
        IF x IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('derived column "%s" is not a number', derived),
                DETAIL = CASE WHEN recon.is_text(recon.column_type(relation, derived))
                    THEN 'It is kept as text, and most of its values are not numbers.'
                    ELSE format('Its type is %s.', recon.column_type(relation, derived)) END,
                HINT = 'Convert it in a view and use the view as the source.';
        END IF;
        measures := measures || jsonb_build_object('name', derived, 'expression', x);
    END LOOP;
    IF jsonb_array_length(measures) > 0 THEN
        RETURN measures;
    END IF;
    IF cardinality(d.criteria_columns) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'nothing to compare: neither criteria columns nor derived columns are known',
            DETAIL = format('The source is %s.', relation),
            HINT = 'Name the two sides in criteria_columns, or a stored difference in derived_columns.';
    END IF;
    IF cardinality(d.criteria_columns) % 2 = 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'criteria_columns must hold pairs: the same value on one side and on the other',
            DETAIL = format('%s columns are named.', cardinality(d.criteria_columns));
    END IF;
    FOR i IN 1 .. cardinality(d.criteria_columns) BY 2 LOOP
        a := d.criteria_columns[i];
        b := d.criteria_columns[i + 1];
        x := recon.amount_expression(relation, d.decimal_signs, a);
        y := recon.amount_expression(relation, d.decimal_signs, b);
        IF x IS NOT NULL AND y IS NOT NULL THEN
            measures := measures || jsonb_build_object('name', format('%s - %s', a, b),
                'expression', format('(%s - %s)', x, y), 'a', a, 'b', b);
        ELSE
            measures := measures || jsonb_build_object('name', format('%s <> %s', a, b),
                'expression', format(
                    '(CASE WHEN %1$I IS NULL AND %2$I IS NULL THEN 0 ELSE (%3$s <> %4$s)::integer END)', a, b,
                    recon.text_expression(relation, a), recon.text_expression(relation, b)),
                'tolerance', 0);
        END IF;
    END LOOP;
    RETURN measures;
END
$$;
COMMENT ON FUNCTION recon.measures_of(regclass, recon.reconciliation) IS
    'What is judged: the derived columns, or else the differences of the criteria pairs (for pairs that are not numbers: 1 where they differ).';

CREATE FUNCTION recon.require_amount(amount numeric, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Amounts are compared in floating point.
    IF amount < 0 OR amount = 'NaN' OR amount > 1e308 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be zero or a positive number', what),
            DETAIL = format('It is %s.', amount);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_amount(numeric, text) IS
    'Raises invalid_parameter_value for an amount that is negative, not a number, or above 1e308.';

CREATE FUNCTION recon.require_amounts(amounts jsonb, what text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o record;
BEGIN
    IF jsonb_typeof(amounts) <> 'object' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must be an object of currencies and amounts', what),
            DETAIL = format('It is %s.', amounts), HINT = 'For example: {"EUR": 100, "JPY": 15000}.';
    END IF;
    FOR o IN SELECT key AS currency, value AS amount, jsonb_typeof(value) AS kind FROM jsonb_each(amounts) ORDER BY key COLLATE "C" LOOP
        IF btrim(o.currency) = '' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s names no currency', what), DETAIL = format('"%s" is to have %s.', o.currency, o.amount),
                HINT = 'Where there is no currency, minimum_amount counts.';
        END IF;
        IF o.kind <> 'number' THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('%s of "%s" must be zero or a positive number', what, o.currency),
                DETAIL = format('It is %s.', o.amount);
        END IF;
        PERFORM recon.require_amount(o.amount::numeric, format('%s of "%s"', what, o.currency));
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.require_amounts(jsonb, text) IS
    'Raises invalid_parameter_value, naming the currency, unless these are amounts by currency as recon.require_amount admits them.';

-- Fills in measures and break condition of a definition whose columns are all named, and checks it.
CREATE FUNCTION recon.complete_definition(relation regclass, d recon.reconciliation) RETURNS recon.reconciliation
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
            DETAIL = format('It is %s, and reconciliation "%s" has no currency column.', d.minimum_amounts, d.reconciliation_name),
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
                recon.tolerance_in(d.break_condition, measure->>'expression'), 0));
        END IF;
        completed := completed || measure;
        side_a := d.criteria_columns[2 * jsonb_array_length(completed) - 1];
        side_b := d.criteria_columns[2 * jsonb_array_length(completed)];
        threshold := format('%L::numeric', (measure->>'tolerance')::numeric);
        IF coalesce(d.relative_tolerance, 0) > 0 THEN
            -- No share of a side that is not a finite number: every difference would be within it.
            IF measure ? 'a' THEN
                threshold := format('greatest(%s, %L::numeric * '
                    'nullif(nullif(greatest(abs(%s), abs(%s))::numeric, ''NaN''), ''Infinity''))',
                    threshold, d.relative_tolerance,
                    recon.amount_expression(relation, d.decimal_signs, measure->>'a'),
                    recon.amount_expression(relation, d.decimal_signs, measure->>'b'));
            ELSIF cardinality(d.criteria_columns) >= 2 * jsonb_array_length(completed) THEN
                threshold := format('greatest(%s, %L::numeric * '
                    'nullif(nullif(greatest(abs(%s), abs(%s))::numeric, ''NaN''), ''Infinity''))',
                    threshold, d.relative_tolerance,
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_a), quote_ident(side_a)),
                    coalesce(recon.amount_expression(relation, d.decimal_signs, side_b), quote_ident(side_b)));
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
        d.break_condition := recon.check_expression(relation, array_to_string(parts, ' OR '), 'the tolerance', d.owner, '{}');
    END IF;
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.complete_definition(regclass, recon.reconciliation) IS
    'Checks every column and expression of a definition and derives its measures and break condition.';

CREATE FUNCTION recon.newest_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_row recon.strategy;
BEGIN
    SELECT s.* INTO found_row FROM recon.strategy s
    WHERE s.strategy_name = name ORDER BY s.version DESC LIMIT 1;
    IF found_row.strategy_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('strategy %s does not exist', recon.name_text(name)),
            DETAIL = format('There are: %s.', (SELECT string_agg(DISTINCT s.strategy_name, ', ') FROM recon.strategy s)),
            HINT = 'Use conservative, balanced or sensitive, or make one with recon_create_strategy.';
    END IF;
    RETURN found_row;
END
$$;
COMMENT ON FUNCTION recon.newest_strategy(text) IS 'The newest version of a strategy, active or not.';

CREATE FUNCTION recon.current_strategy(name text) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s recon.strategy := recon.newest_strategy(name);
BEGIN
    IF NOT s.is_active THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('strategy "%s" is not active', name),
            HINT = format('Name another one, or activate it: SELECT recon_alter_strategy(%L, is_active => true).', name);
    END IF;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.current_strategy(text) IS 'The newest version of a strategy, which must be active.';

CREATE FUNCTION recon.strategy_as_of(name text, moment timestamptz) RETURNS recon.strategy
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    newest recon.strategy := recon.newest_strategy(name);
    s recon.strategy;
BEGIN
    IF moment IS NULL OR newest.created_at <= moment THEN
        RETURN recon.current_strategy(name);
    END IF;
    SELECT v.* INTO s FROM recon.strategy v WHERE v.strategy_name = name
    ORDER BY v.created_at <= moment DESC, CASE WHEN v.created_at <= moment THEN -v.version ELSE v.version END LIMIT 1;
    RETURN s;
END
$$;
COMMENT ON FUNCTION recon.strategy_as_of(text, timestamptz) IS
    'The version of a strategy that was current at a moment; the first one where it had not been made yet; without a moment the current one.';

-- Resolves and permission-checks the name of a source for the caller.
CREATE FUNCTION recon.require_relation(relation text, reader name) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id regclass;
BEGIN
    IF relation IS NULL OR relation = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'no source relation was given',
            HINT = 'Name a table, view or foreign table.';
    END IF;
    id := recon.resolve_relation(relation);
    IF id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('relation "%s" does not exist', relation),
            HINT = 'Qualify the name with its schema, or put the schema into search_path.';
    END IF;
    IF (SELECT c.relkind FROM pg_class c WHERE c.oid = id) NOT IN ('r', 'p', 'v', 'm', 'f') THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('"%s" is not a table, view or foreign table', relation);
    END IF;
    IF NOT has_table_privilege(reader, id, 'SELECT') AND NOT has_any_column_privilege(reader, id, 'SELECT') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for relation %s', id),
            DETAIL = format('The source is read as role "%s".', reader);
    END IF;
    RETURN id;
END
$$;
COMMENT ON FUNCTION recon.require_relation(text, name) IS
    'The relation of a name by the caller''s search_path, if it can be a source and the reader may select from it.';

-- A definition outlives the session.
CREATE FUNCTION recon.require_lasting(relation regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT c.relpersistence = 't' FROM pg_class c WHERE c.oid = relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('the source of a reconciliation must not be temporary, as %s is', relation),
            HINT = format('To judge it without a definition: SELECT * FROM recon_detect(history => %L).', relation::text);
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_lasting(regclass) IS 'Raises wrong_object_type for a temporary relation.';

CREATE FUNCTION recon.qualified_name(relation regclass) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation
$$;
COMMENT ON FUNCTION recon.qualified_name(regclass) IS 'Schema and name of a relation, quoted.';

CREATE FUNCTION recon.guess_definition(relation regclass, reader name) RETURNS jsonb
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recon.text_as(reader, format('SELECT recon.suggest_definition(%L::regclass)', recon.qualified_name(relation)))::jsonb
$$;
COMMENT ON FUNCTION recon.guess_definition(regclass, name) IS 'The answer of recon.suggest_definition, read as the given role.';

-- What is not given is taken from recon_suggest's whole-definition answer, which runs as the reader.
CREATE FUNCTION recon.guess_missing(relation regclass, d recon.reconciliation, reader name) RETURNS recon.reconciliation
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guess jsonb;
BEGIN
    IF d.key_columns IS NOT NULL AND (d.criteria_columns IS NOT NULL OR d.derived_columns IS NOT NULL)
       AND d.date_column IS NOT NULL
       AND (d.date_column = '' OR d.date_format IS NOT NULL OR recon.column_type(relation, d.date_column) IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype))
       AND NOT recon.has_text_amounts(relation, d)
       AND (d.break_when IS NOT NULL OR d.tolerance IS NOT NULL OR d.relative_tolerance IS NOT NULL) THEN
        d.criteria_columns := coalesce(d.criteria_columns, '{}');
        d.derived_columns := coalesce(d.derived_columns, '{}');
        RETURN d;
    END IF;
    guess := recon.guess_definition(relation, reader);
    d.key_columns := coalesce(d.key_columns, ARRAY(SELECT jsonb_array_elements_text(guess->'key_columns')));
    IF d.criteria_columns IS NULL AND d.derived_columns IS NULL THEN
        d.criteria_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'criteria_columns'));
        d.derived_columns := ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns'));
    END IF;
    d.criteria_columns := coalesce(d.criteria_columns, '{}');
    d.derived_columns := coalesce(d.derived_columns, '{}');
    d.decimal_signs := recon.amount_signs(guess, d);
    d.date_column := coalesce(d.date_column, guess->>'date_column');
    IF d.date_column = guess->>'date_column' THEN
        d.date_format := coalesce(d.date_format, guess->>'date_format');
    END IF;
    d.comment_column := coalesce(d.comment_column, guess->>'comment_column');
    d.currency_column := coalesce(d.currency_column, guess->>'currency_column');
    IF d.break_when IS NULL AND d.tolerance IS NULL AND d.relative_tolerance IS NULL
       AND d.derived_columns = ARRAY(SELECT jsonb_array_elements_text(guess->'derived_columns')) THEN
        d.break_when := guess->>'break_when';
    END IF;
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.guess_missing(regclass, recon.reconciliation, name) IS
    'Fills what a definition does not say from the data, read as the given role.';

CREATE FUNCTION recon.describe_definition(d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('reconciliation "%s": %s %s judged for each %s%s; a row is a break where %s%s',
        d.reconciliation_name,
        (SELECT string_agg(m->>'name', ', ') FROM jsonb_array_elements(d.measures) m),
        CASE jsonb_array_length(d.measures) WHEN 1 THEN 'is' ELSE 'are' END,
        array_to_string(d.key_columns, ', '),
        CASE WHEN d.date_column IS NULL THEN '' ELSE format(' over %s', d.date_column) END,
        coalesce(btrim(d.break_when, E' \n\t'), format('%s is more than %s%s away from zero',
            CASE jsonb_array_length(d.measures) WHEN 1 THEN 'it' ELSE 'one of them' END, coalesce(d.tolerance, 0),
            CASE WHEN d.relative_tolerance > 0
                 THEN format(', and more than %s percent of the larger side,', trim_scale(d.relative_tolerance * 100)) ELSE '' END)),
        CASE WHEN d.calendar IS NULL THEN '' ELSE format('; business days are those of calendar "%s"', d.calendar) END)
$$;
COMMENT ON FUNCTION recon.describe_definition(recon.reconciliation) IS 'A definition in one sentence.';

-- What recon_create, recon_alter and recon_import_definition have in common: arguments laid over a row.
CREATE FUNCTION recon.empty_definition(owner name) RETURNS recon.reconciliation
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
BEGIN
    d.owner := owner;
    d.pool_by := '{}';
    d.strategy := 'balanced';
    d.time_zone := 'UTC';
    d.description := '';
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.empty_definition(name) IS 'A definition of which nothing is said yet but whose it is.';

CREATE FUNCTION recon.lay_over(d recon.reconciliation, given jsonb) RETURNS recon.reconciliation
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.* FROM jsonb_populate_record(d, (SELECT coalesce(jsonb_object_agg(g.key, g.value), '{}')
                                              FROM jsonb_each(given) g WHERE g.value <> 'null')) AS r
$$;
COMMENT ON FUNCTION recon.lay_over(recon.reconciliation, jsonb) IS
    'A definition with the columns changed that are given by name; null leaves a column as it is.';

CREATE FUNCTION recon.without_empty_texts(d recon.reconciliation) RETURNS recon.reconciliation
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    d.date_column := nullif(d.date_column, '');
    d.date_format := nullif(d.date_format, '');
    d.comment_column := nullif(d.comment_column, '');
    d.currency_column := nullif(d.currency_column, '');
    d.loaded_at_column := nullif(d.loaded_at_column, '');
    d.calendar := nullif(d.calendar, '');
    RETURN d;
END
$$;
COMMENT ON FUNCTION recon.without_empty_texts(recon.reconciliation) IS
    'A definition in which an empty text, which says that there is no such column or calendar, has become NULL.';

CREATE FUNCTION recon.store_definition(d recon.reconciliation) RETURNS void
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE recon.reconciliation r SET
        (reconciliation_name, owner, source, key_columns, criteria_columns, derived_columns, date_column, date_format,
         comment_column, currency_column, loaded_at_column, pool_by, break_when, tolerance, relative_tolerance,
         strategy, time_zone, minimum_amount, break_condition, measures, description, is_active, updated_at,
         decimal_signs, rules, calendar, minimum_amounts) =
        (d.reconciliation_name, d.owner, d.source, d.key_columns, d.criteria_columns, d.derived_columns, d.date_column, d.date_format,
         d.comment_column, d.currency_column, d.loaded_at_column, d.pool_by, d.break_when, d.tolerance, d.relative_tolerance,
         d.strategy, d.time_zone, d.minimum_amount, d.break_condition, d.measures, d.description, d.is_active, now(),
         d.decimal_signs, d.rules, d.calendar, d.minimum_amounts)
    WHERE r.reconciliation_id = d.reconciliation_id
$$;
COMMENT ON FUNCTION recon.store_definition(recon.reconciliation) IS 'Writes a definition that has changed.';

CREATE FUNCTION recon.recon_create(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, calendar text, minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation;
    relation regclass;
BEGIN
    IF name IS NULL OR btrim(name) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a reconciliation needs a name';
    END IF;
    IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = name) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('reconciliation "%s" already exists', name),
            HINT = 'Change it with recon_alter, or drop it with recon_drop.';
    END IF;
    -- Only who may define at all gets here: EXECUTE is granted by recon_grant.
    PERFORM recon.require_access(NULL, 'admin');
    relation := recon.require_relation(source, recon.caller());
    PERFORM recon.require_lasting(relation);
    d := recon.lay_over(recon.empty_definition(recon.caller()), jsonb_build_object(
        'reconciliation_name', name, 'source', recon.qualified_name(relation),
        'key_columns', key_columns, 'criteria_columns', criteria_columns, 'derived_columns', derived_columns,
        'date_column', date_column, 'date_format', date_format, 'comment_column', comment_column,
        'currency_column', currency_column, 'loaded_at_column', loaded_at_column, 'pool_by', pool_by,
        'break_when', break_when, 'tolerance', tolerance, 'relative_tolerance', relative_tolerance,
        'strategy', strategy, 'time_zone', time_zone, 'minimum_amount', minimum_amount,
        'description', description, 'calendar', calendar));
    d.minimum_amounts := nullif(minimum_amounts, '{}');
    -- Until here an empty text says that there is no such column, so that none is guessed.
    d := recon.without_empty_texts(recon.guess_missing(relation, d, recon.caller()));
    d := recon.complete_definition(relation, d);
    d.reconciliation_id := nextval('recon.reconciliation_reconciliation_id_seq');
    d.is_active := true;
    d.created_at := now();
    d.updated_at := now();
    INSERT INTO recon.reconciliation SELECT d.*;
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_create(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, jsonb) IS 'Implementation of recon_create.';

CREATE FUNCTION recon.require_ownership(d recon.reconciliation, what text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = d.owner AND pg_has_role(recon.caller(), o.oid, 'USAGE')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('must be owner of reconciliation "%s" to change %s', d.reconciliation_name, what),
            DETAIL = format('It runs with the rights of its owner, "%s".', d.owner),
            HINT = 'Ask the owner, or define a reconciliation of your own over the same source.';
    END IF;
END
$$;
COMMENT ON FUNCTION recon.require_ownership(recon.reconciliation, text) IS
    'Raises insufficient_privilege unless the caller is the owner: what runs as the owner is the owner''s to write.';

-- From PostgreSQL 16 on a member of a role may have been denied to become it.
CREATE FUNCTION recon.privilege_to_become() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
COMMENT ON FUNCTION recon.privilege_to_become() IS 'The privilege, as pg_has_role knows it, to become another role.';

CREATE FUNCTION recon.recon_alter(
    name text, source text, key_columns text[], criteria_columns text[], derived_columns text[],
    date_column text, comment_column text, currency_column text, loaded_at_column text, break_when text,
    tolerance numeric, relative_tolerance numeric, pool_by text[], strategy text, time_zone text,
    minimum_amount numeric, date_format text, description text, new_name text, owner name, is_active boolean, calendar text,
    minimum_amounts jsonb
) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d recon.reconciliation := recon.find_reconciliation(name, 'admin');
    relation regclass;
BEGIN
    IF num_nonnulls(source, key_columns, criteria_columns, derived_columns, date_column, comment_column,
                    currency_column, loaded_at_column, break_when, date_format) > 0 THEN
        PERFORM recon.require_ownership(d, 'its source, columns or break rule');
    END IF;
    d := recon.without_empty_texts(recon.lay_over(d, jsonb_build_object(
        'source', CASE WHEN source IS NOT NULL THEN recon.qualified_name(recon.require_relation(source, d.owner)) END,
        'key_columns', key_columns, 'criteria_columns', criteria_columns, 'derived_columns', derived_columns,
        'date_column', date_column, 'date_format', date_format, 'comment_column', comment_column,
        'currency_column', currency_column, 'loaded_at_column', loaded_at_column, 'pool_by', pool_by,
        'break_when', break_when, 'tolerance', tolerance, 'relative_tolerance', relative_tolerance,
        'strategy', strategy, 'time_zone', time_zone, 'minimum_amount', minimum_amount,
        'description', description, 'is_active', is_active, 'calendar', calendar)));
    d.break_when := nullif(d.break_when, '');
    d.minimum_amounts := nullif(coalesce(minimum_amounts, d.minimum_amounts), '{}');
    IF num_nonnulls(source, criteria_columns, derived_columns, break_when) > 0 THEN
        d.decimal_signs := NULL; -- looked for again
    END IF;
    IF new_name IS NOT NULL AND new_name <> d.reconciliation_name THEN
        IF EXISTS (SELECT FROM recon.reconciliation r WHERE r.reconciliation_name = new_name) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
                MESSAGE = format('reconciliation "%s" already exists', new_name);
        END IF;
        d.reconciliation_name := new_name;
    END IF;
    IF owner IS NOT NULL AND owner <> d.owner THEN
        -- As for tables: one cannot give work to a role one could not become.
        PERFORM recon.require_ownership(d, 'its owner');
        IF NOT EXISTS (SELECT FROM pg_roles o WHERE o.rolname = recon_alter.owner
                       AND pg_has_role(recon.caller(), o.oid, recon.privilege_to_become())) THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
                MESSAGE = format('must be able to SET ROLE "%s" to make it the owner', owner);
        END IF;
        d.owner := owner;
    END IF;
    relation := recon.require_relation(d.source, d.owner);
    PERFORM recon.require_lasting(relation);
    d := recon.complete_definition(relation, d);
    PERFORM recon.store_definition(d);
    RETURN recon.describe_definition(d);
END
$$;
COMMENT ON FUNCTION recon.recon_alter(text, text, text[], text[], text[], text, text, text, text, text, numeric, numeric, text[], text, text, numeric, text, text, text, name, boolean, text, jsonb) IS 'Implementation of recon_alter.';
