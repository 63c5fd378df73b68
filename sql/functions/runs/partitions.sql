-- Monthly partitions of breaks and scores.

-- Timestamps, and so months, do not reach as far as dates, and the names of months have no era: what lies outside
-- of the years 1 to 9999 has one partition on either side.
CREATE OR REPLACE FUNCTION recon.partition_range(day date, OUT suffix text, OUT from_date date, OUT to_date date)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF day < '0001-01-01' THEN
        suffix := 'before_0001';
        from_date := '-infinity';
        to_date := '0001-01-01';
    ELSIF day > '9999-12-31' THEN
        suffix := 'after_9999';
        from_date := '10000-01-01';
        to_date := 'infinity';
    ELSE
        suffix := to_char(day, 'YYYY_MM');
        from_date := date_trunc('month', day::timestamp)::date;
        to_date := (from_date + interval '1 month')::date;
    END IF;
END
$$;
COMMENT ON FUNCTION recon.partition_range(date) IS
    'The partition of recon.break and recon.score for a day: the end of its name, its first day and the next one''s.';

-- ALTER DEFAULT PRIVILEGES of the extension's owner are not meant for these: readers go by the parent, and its policy.
CREATE OR REPLACE FUNCTION recon.revoke_default_privileges(relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END
        FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = relation AND a.grantee <> c.relowner
    LOOP
        IF grantee IS NULL THEN
            EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', relation);
        ELSE
            EXECUTE format('REVOKE ALL ON %s FROM %I', relation, grantee);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.revoke_default_privileges(regclass) IS
    'Takes back what others than its owner may do with a table.';

-- Makes the partitions which a run is about to write into.
CREATE OR REPLACE FUNCTION recon.make_partitions(months date[]) RETURNS void
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    month record;
    parent text;
    partition text;
BEGIN
    FOR month IN
        SELECT DISTINCT r.* FROM unnest(months) AS day, recon.partition_range(day) AS r ORDER BY r.from_date
    LOOP
        FOREACH parent IN ARRAY ARRAY['break', 'score'] LOOP
            partition := format('%s_%s', parent, month.suffix);
            CONTINUE WHEN to_regclass(format('recon.%I', partition)) IS NOT NULL;
            -- Another session may be making it; readers do not stand in the way, as they would of PARTITION OF.
            EXECUTE format('LOCK TABLE ONLY recon.%I IN SHARE UPDATE EXCLUSIVE MODE', parent);
            CONTINUE WHEN to_regclass(format('recon.%I', partition)) IS NOT NULL;
            EXECUTE format('CREATE TABLE recon.%I (LIKE recon.%I INCLUDING ALL EXCLUDING COMMENTS)', partition, parent);
            PERFORM recon.revoke_default_privileges(format('recon.%I', partition)::regclass);
            EXECUTE format('ALTER TABLE recon.%I ENABLE ROW LEVEL SECURITY', partition);
            IF parent = 'break' THEN
                EXECUTE format('ALTER TABLE recon.%I ADD PRIMARY KEY (break_id)', partition);
                EXECUTE format('CREATE UNIQUE INDEX ON recon.%I (reconciliation_id, break_date, key_hash, occurrence)',
                               partition);
                EXECUTE format('CREATE INDEX ON recon.%I (reconciliation_id, break_date) WHERE is_anomaly AND is_open',
                               partition);
                -- In the order of recon.review_queue: its first rows are read, and no more.
                EXECUTE format('CREATE INDEX %I ON recon.%I '
                               '(array_position(ARRAY[''critical'', ''high'', ''medium'', ''low''], severity), '
                               'abs(observed) DESC NULLS LAST, break_id) WHERE (is_anomaly '
                               'OR flags && ''{amount_threshold,non_finite}''::text[] OR p_value IS NULL) AND is_open',
                               partition || '_review', partition);
            ELSE
                EXECUTE format('CREATE INDEX ON recon.%I (break_id)', partition);
            END IF;
            EXECUTE format('ALTER TABLE recon.%I ATTACH PARTITION recon.%I FOR VALUES FROM (%L) TO (%L)',
                           parent, partition, month.from_date, month.to_date);
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION recon.make_partitions(date[]) IS
    'Makes the partitions of recon.break and recon.score for the months of these dates, where missing.';

CREATE OR REPLACE FUNCTION recon.partition_of(parent regclass, day date) RETURNS regclass
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- By functions that see what others have committed, whatever the transaction's snapshot.
    found regclass := to_regclass(format('recon.%I', format('%s_%s',
        (SELECT c.relname FROM pg_class c WHERE c.oid = parent), (recon.partition_range(day)).suffix)));
BEGIN
    IF found IS NULL OR pg_partition_root(found) IS DISTINCT FROM parent
       OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = found AND i.inhdetachpending) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no partition for %s', parent,
                             translate((recon.partition_range(day)).suffix, '_', '-')),
            HINT = 'Attach the partition of this month again, or rename a table that has its name.';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION recon.partition_of(regclass, date) IS
    'The partition of recon.break or recon.score that recon.make_partitions made for the month of this day.';

-- The partitions of a table that end on or before a day, oldest first.
CREATE OR REPLACE FUNCTION recon.partitions_before(parent regclass, before date) RETURNS SETOF regclass
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.oid::regclass
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
         LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM $p$TO \('([^']*)'\)$p$)::date)
             AS bound(upper)
    WHERE i.inhparent = parent AND bound.upper <= before
    ORDER BY bound.upper
$$;
COMMENT ON FUNCTION recon.partitions_before(regclass, date) IS
    'The monthly partitions of recon.break or recon.score that hold nothing from this day on.';

CREATE OR REPLACE FUNCTION recon.is_shared(partition regclass, reconciliation_id integer) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer boolean;
BEGIN
    -- Two looks into an index: of "unequal" it knows nothing.
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$s WHERE reconciliation_id < $1)
                        OR EXISTS (SELECT FROM %1$s WHERE reconciliation_id > $1)', partition)
    INTO answer USING reconciliation_id;
    RETURN answer;
END
$$;
COMMENT ON FUNCTION recon.is_shared(regclass, integer) IS
    'Whether a partition of recon.break or recon.score holds rows of another reconciliation than this one.';
