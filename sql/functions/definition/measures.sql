-- What is judged of a row.

-- A tolerance which the break rule itself states: abs("column") > number, as it is deparsed.
CREATE OR REPLACE FUNCTION recon.tolerance_in(condition text, expression text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (regexp_match(condition, format('abs\(\(?%s\)?\) >=? \(*''?([0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)',
                regexp_replace(expression, '([.^$*+?()\[\]{}\\|])', '\\\1', 'g'))))[1]::numeric
$$;
COMMENT ON FUNCTION recon.tolerance_in(text, text) IS
    'The number n where a break rule says abs(expression) > n; NULL where it does not.';

CREATE OR REPLACE FUNCTION recon.plain_measure(relation regclass, d recon.reconciliation, measure jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN measure ? 'a'
        THEN format('(%s - %s)', recon.plain_amount(relation, d.decimal_signs, measure->>'a'),
                    recon.plain_amount(relation, d.decimal_signs, measure->>'b'))
        ELSE coalesce(recon.plain_amount(relation, d.decimal_signs, measure->>'name'), measure->>'expression') END;
COMMENT ON FUNCTION recon.plain_measure(regclass, recon.reconciliation, jsonb) IS
    'A measure as a break rule says it.';

CREATE OR REPLACE FUNCTION recon.measures_of(relation regclass, d recon.reconciliation) RETURNS jsonb
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
                'expression', recon.difference_expression(relation, d.decimal_signs, a, b), 'a', a, 'b', b);
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
    'What is judged: the derived columns, or else the differences of the criteria '
    'pairs (for pairs that are not numbers: 1 where they differ).';
