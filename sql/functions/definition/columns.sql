-- The columns of a relation that matter here, by name.

CREATE OR REPLACE FUNCTION recon.column_type(relation regclass, column_name text) RETURNS regtype
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE based(type, kind, base) AS (
        SELECT t.oid, t.typtype, t.typbasetype FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT t.oid, t.typtype, t.typbasetype FROM based JOIN pg_type t ON t.oid = base WHERE kind = 'd')
    SELECT type::regtype FROM based WHERE kind <> 'd'
$$;
COMMENT ON FUNCTION recon.column_type(regclass, text) IS
    'Type of a column, of the type that a domain is over; NULL where there is no such column.';

-- A cast to text can be a function of the type's owner, which must not run as the role that reads the column. The
-- server's own types, which have lower numbers, have no such cast. Output functions are the server's or a superuser's.
CREATE OR REPLACE FUNCTION recon.text_expression(relation regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE WHEN type::oid < 16384 THEN '%I::text'
                       ELSE 'CASE WHEN pg_catalog.num_nulls(%1$I) OPERATOR(pg_catalog.=) 0 '
                            'THEN pg_catalog.format(''%%s'', %1$I) END' END, column_name)
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.text_expression(regclass, text) IS
    'The expression that gives a column as text without running code of its type''s owner.';

CREATE OR REPLACE FUNCTION recon.is_number(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('numeric'::regtype, 'float8'::regtype, 'float4'::regtype, 'int2'::regtype, 'int4'::regtype,
                    'int8'::regtype);
COMMENT ON FUNCTION recon.is_number(regtype) IS 'Whether values of a type can be a measure.';

CREATE OR REPLACE FUNCTION recon.is_float(relation regclass, column_name text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN recon.column_type(relation, column_name) IN ('float4'::regtype, 'float8'::regtype);
COMMENT ON FUNCTION recon.is_float(regclass, text) IS 'Whether a column is of floating-point numbers.';

CREATE OR REPLACE FUNCTION recon.is_text(type regtype) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN type IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);
COMMENT ON FUNCTION recon.is_text(regtype) IS
    'Whether values of a type are texts, in which dates and amounts may be kept.';

-- As the server writes it when it gives a checked expression back.
CREATE OR REPLACE FUNCTION recon.plain_amount(relation regclass, decimal_signs jsonb, column_name text)
    RETURNS text
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
COMMENT ON FUNCTION recon.plain_amount(regclass, jsonb, text) IS
    'The expression of a column''s amounts as a break rule names them: itself where it is of numbers, read with its '
    'decimal sign where it is of text; NULL where its values are not numbers.';

-- The absolute value of the smallest integer, and the difference of two, are out of an integer's range.
CREATE OR REPLACE FUNCTION recon.amount_expression(relation regclass, decimal_signs jsonb, column_name text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN type IN ('int2'::regtype, 'int4'::regtype) THEN format('(%I)::bigint', column_name)
                WHEN type = 'int8'::regtype THEN format('(%I)::numeric', column_name)
                ELSE recon.plain_amount(relation, decimal_signs, column_name) END
    FROM recon.column_type(relation, column_name) AS type
$$;
COMMENT ON FUNCTION recon.amount_expression(regclass, jsonb, text) IS
    'The expression of a column''s amounts, of a type with room for their differences; NULL where they are not '
    'numbers.';

CREATE OR REPLACE FUNCTION recon.difference_expression(relation regclass, decimal_signs jsonb, a text, b text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format(CASE WHEN recon.column_type(relation, a) IN ('int2'::regtype, 'int4'::regtype)
                        AND recon.column_type(relation, b) IN ('int2'::regtype, 'int4'::regtype)
                       THEN '(%s - %s)' ELSE 'recon.difference(%s, %s)' END,
                  recon.amount_expression(relation, decimal_signs, a),
                  recon.amount_expression(relation, decimal_signs, b))
$$;
COMMENT ON FUNCTION recon.difference_expression(regclass, jsonb, text, text) IS
    'The expression of the difference of two columns'' amounts, which no row takes out of range.';

CREATE OR REPLACE FUNCTION recon.amount_signs(guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(name, coalesce(guess->'decimal_signs'->>name, '.'))
    FROM (
        SELECT c->>'name' AS name FROM jsonb_array_elements(guess->'columns') c
        WHERE c->>'role' IN ('criteria', 'derived', 'tolerance')
          OR c->>'name' = ANY (d.criteria_columns || d.derived_columns)
    ) AS amounts
    -- A difference is a number even before there is a row to show how it is written.
    WHERE guess->'decimal_signs' ? name OR ((guess->>'rows')::bigint = 0 AND name = ANY (d.derived_columns))
$$;
COMMENT ON FUNCTION recon.amount_signs(jsonb, recon.reconciliation) IS
    'Columns and decimal signs of the amounts that are kept as text, by '
    'recon.suggest_definition''s answer; NULL where there are none.';

CREATE OR REPLACE FUNCTION recon.has_text_amounts(relation regclass, d recon.reconciliation) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_or(recon.is_text(recon.column_type(relation, c))), false)
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;
COMMENT ON FUNCTION recon.has_text_amounts(regclass, recon.reconciliation) IS
    'Whether a criteria or derived column is of text, so that it takes a look at its '
    'values to tell numbers from names.';

CREATE OR REPLACE FUNCTION recon.require_columns(relation regclass, columns text[], what text) RETURNS void
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
