-- Columns of a target that another relation is the history of.

CREATE OR REPLACE FUNCTION recon.target_signs(target_guess jsonb, d recon.reconciliation) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_object_agg(c, coalesce(target_guess->'decimal_signs'->>c, d.decimal_signs->>c, '.'))
    FROM unnest(d.criteria_columns || d.derived_columns) AS c
$$;
COMMENT ON FUNCTION recon.target_signs(jsonb, recon.reconciliation) IS
    'Decimal signs of a target''s amounts: as its values show, else as in the history, else a point.';

CREATE OR REPLACE FUNCTION recon.history_expression(relation regclass, target regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN here::oid >= 16384 AND here <> recon.column_type(target, column_name)
                THEN recon.text_expression(relation, column_name) ELSE format('%I', column_name) END
    FROM recon.column_type(relation, column_name) AS here
$$;
COMMENT ON FUNCTION recon.history_expression(regclass, regclass, text) IS
    'The expression that gives a column of a history beside that of a target: as text where it has a user''s type '
    'there '
    'and another type here, because a cast could be code of the type''s owner.';

-- With its modifier where the column is of no domain.
CREATE OR REPLACE FUNCTION recon.type_name(relation regclass, column_name text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format_type(type, CASE WHEN a.atttypid = type THEN a.atttypmod END)
    FROM pg_attribute a, recon.column_type(relation, column_name) AS type
    WHERE a.attrelid = relation AND a.attname = column_name
$$;
COMMENT ON FUNCTION recon.type_name(regclass, text) IS
    'The name of a column''s type, with its modifier; of the type that a domain is over.';

-- Amounts and dates that one relation keeps as text and the other does not, or writes in another way, are
-- read as numbers and dates, not cast: one text that is none would be the end of the run.
CREATE OR REPLACE FUNCTION recon.target_expression(
    relation regclass, target regclass, d recon.reconciliation, target_guess jsonb, column_name text
) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    here regtype := recon.column_type(relation, column_name);
    there regtype := recon.column_type(target, column_name);
    is_amount boolean := column_name = ANY (d.criteria_columns || d.derived_columns);
    here_sign text := d.decimal_signs->>column_name;
    there_sign text := recon.target_signs(target_guess, d)->>column_name;
    expression text := format('%I', column_name);
BEGIN
    IF here = there AND here::oid >= 16384 THEN
        RETURN expression; -- no cast, which could be code of the type's owner
    ELSIF here::oid >= 16384 AND d.condition_types ? column_name THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column "%s" of %s has another type than in %s', column_name, target, relation),
            DETAIL = format('Its type is %s; there it is %s, and the break rule names it.', there, here),
            HINT = 'Convert it in a view.';
    ELSIF here::oid >= 16384 THEN
        RETURN recon.text_expression(target, column_name);
    END IF;
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
    RETURN format('%s::%s', expression, recon.type_name(relation, column_name));
END
$$;
COMMENT ON FUNCTION recon.target_expression(regclass, regclass, recon.reconciliation, jsonb, text) IS
    'The expression that gives a column of the target in the type, and with the decimal sign, that the history has.';
