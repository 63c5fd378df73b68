-- Expressions over one row of a source, as scans read it.

-- Text of the value of a column that does not depend on session settings: scans fix them, but the
-- views of recon_create_view run under those of the role that reads. JSON has dates in ISO 8601.
CREATE OR REPLACE FUNCTION recon.canonical_text(relation regclass, column_name text) RETURNS text
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
    'The expression that renders a key column: trimmed numerics, dates and moments '
    'in ISO 8601 and UTC, others as their text.';

CREATE OR REPLACE FUNCTION recon.date_expression(relation regclass, d recon.reconciliation) RETURNS text
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
CREATE OR REPLACE FUNCTION recon.mismatch_expression(relation regclass, d recon.reconciliation) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN cardinality(d.derived_columns) > 0
                 AND cardinality(d.criteria_columns) = 2 * cardinality(d.derived_columns)
                 AND (SELECT bool_and(recon.amount_expression(relation, d.decimal_signs, c) IS NOT NULL)
                      FROM unnest(d.criteria_columns) c)
        THEN (SELECT string_agg(format('recon.difference(abs(%1$s), abs(%2$s)) '
                                       'NOT BETWEEN -%3$L::numeric AND %3$L::numeric',
                         recon.amount_expression(relation, d.decimal_signs, d.derived_columns[i]),
                         recon.difference_expression(relation, d.decimal_signs, d.criteria_columns[2 * i - 1],
                                                     d.criteria_columns[2 * i]),
                         coalesce((d.measures->(i::integer - 1)->>'tolerance')::numeric, 0)), ' OR ')
              FROM generate_subscripts(d.derived_columns, 1) i)
        ELSE 'false' END
$$;
COMMENT ON FUNCTION recon.mismatch_expression(regclass, recon.reconciliation) IS
    'The condition under which a stored difference disagrees with its two sides by more than the tolerance, whichever '
    'side is subtracted; false where they are not both known.';

CREATE OR REPLACE FUNCTION recon.unreadable_condition(
    relation regclass, d recon.reconciliation, decimal_signs jsonb, others regclass
) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(format('%s IS NULL AND %I ~ ''\S''', recon.amount_expression(relation, decimal_signs, c), c),
                      ' OR ' ORDER BY c COLLATE "C")
    FROM (SELECT DISTINCT unnest(d.criteria_columns || d.derived_columns) AS c) AS amounts
    WHERE recon.is_text(recon.column_type(relation, c)) AND decimal_signs ? c
      AND (others IS NULL OR recon.is_number(recon.column_type(others, c)))
$$;
COMMENT ON FUNCTION recon.unreadable_condition(regclass, recon.reconciliation, jsonb, regclass) IS
    'The condition under which an amount of a row is kept as text that is no number and not blank; NULL where no '
    'amount is text. With another relation: of those amounts only which are numbers there.';

CREATE OR REPLACE FUNCTION recon.wall_clock(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'timestamptz'::regtype
                THEN recon.local_time(format('%I', column_name), d.time_zone) ELSE format('%I', column_name) END;
COMMENT ON FUNCTION recon.wall_clock(regclass, recon.reconciliation, text) IS
    'The expression of a date or timestamp as a clock in the reconciliation''s time zone shows it.';

CREATE OR REPLACE FUNCTION recon.timestamp_in(relation regclass, d recon.reconciliation, column_name text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    RETURN CASE WHEN recon.column_type(relation, column_name) = 'date'::regtype
                THEN recon.timestamp_of(format('%I', column_name))
                ELSE recon.wall_clock(relation, d, column_name) END;
COMMENT ON FUNCTION recon.timestamp_in(regclass, recon.reconciliation, text) IS
    'The same of a date, too, as the moment at which the day begins.';

-- Two rules look at columns that are not part of a history: their answer is read with the row.
CREATE OR REPLACE FUNCTION recon.found_expression(relation regclass, d recon.reconciliation, rules jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nullif(concat_ws(' + ',
        CASE WHEN rules ? 'other_period' THEN
            format('CASE WHEN %s <> %s THEN 2 ELSE 0 END',
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_in(relation, d, rules->'other_period'->>'column')),
                   recon.period_of(rules->'other_period'->>'unit',
                                   recon.timestamp_of(recon.date_expression(relation, d)))) END,
        CASE WHEN rules ? 'time_of_day' THEN
            format('CASE WHEN %1$s::time < %2$L %3$s %1$s::time >= %4$L THEN 4 ELSE 0 END',
                   recon.wall_clock(relation, d, coalesce(rules->'time_of_day'->>'column', d.date_column)),
                   rules->'time_of_day'->>'from',
                   CASE WHEN rules->'time_of_day'->>'from' <= rules->'time_of_day'->>'to' THEN 'OR' ELSE 'AND' END,
                   rules->'time_of_day'->>'to') END), '')
$$;
COMMENT ON FUNCTION recon.found_expression(regclass, recon.reconciliation, jsonb) IS
    'What is found of a row when it is read, as recon.key_series takes it: 2 booked in another period than it is dated '
    'in, 4 booked outside of working hours; NULL where neither is asked for.';
