-- The functions of the border's test library; psql variable `library` is its path.
CREATE SCHEMA border;
SET search_path = border;

CREATE FUNCTION border_alive() RETURNS bigint
    LANGUAGE c VOLATILE AS :'library', 'border_alive';
CREATE FUNCTION border_throw(kind text) RETURNS void
    LANGUAGE c STRICT AS :'library', 'border_throw';
CREATE FUNCTION border_allocate(bytes bigint) RETURNS bigint
    LANGUAGE c STRICT AS :'library', 'border_allocate';
CREATE FUNCTION border_int4(digits text) RETURNS integer
    LANGUAGE c STRICT AS :'library', 'border_int4';
CREATE FUNCTION border_spi(statement text) RETURNS text
    LANGUAGE c STRICT AS :'library', 'border_spi';
CREATE FUNCTION border_read(statement text, place bigint, column_name text, how text) RETURNS text
    LANGUAGE c STRICT AS :'library', 'border_read';
CREATE FUNCTION border_recover(statement text) RETURNS text
    LANGUAGE c STRICT AS :'library', 'border_recover';
CREATE FUNCTION border_scoped_error(digits text) RETURNS integer
    LANGUAGE c STRICT AS :'library', 'border_scoped_error';
CREATE FUNCTION border_swallow(kind text) RETURNS void
    LANGUAGE c STRICT AS :'library', 'border_swallow';
CREATE FUNCTION border_compute(rounds bigint, kilobytes integer DEFAULT 0) RETURNS bigint
    LANGUAGE c STRICT PARALLEL SAFE AS :'library', 'border_compute';
CREATE FUNCTION border_sum_step(state internal, x float8, fail_after bigint) RETURNS internal
    LANGUAGE c AS :'library', 'border_sum_step';
CREATE FUNCTION border_sum_final(state internal) RETURNS float8
    LANGUAGE c STRICT AS :'library', 'border_sum_final';
CREATE AGGREGATE border_sum(x float8, fail_after bigint)
    (SFUNC = border_sum_step, STYPE = internal, FINALFUNC = border_sum_final);
-- A transition function that anyone may call by hand.
CREATE FUNCTION border_step_by_hand(state bytea, x float8, fail_after bigint) RETURNS bytea
    LANGUAGE c AS :'library', 'border_sum_step';
CREATE FUNCTION border_moments(serialized bytea) RETURNS bytea
    LANGUAGE c STRICT AS :'library', 'border_moments';
CREATE FUNCTION border_moments_of(x float8[]) RETURNS bytea
    LANGUAGE c STRICT AS :'library', 'border_moments_of';
CREATE FUNCTION border_text(bytes bytea) RETURNS text
    LANGUAGE c STRICT AS :'library', 'border_text';
CREATE FUNCTION border_float8_array(x float8[]) RETURNS float8[]
    LANGUAGE c STRICT AS :'library', 'border_float8_array';
CREATE FUNCTION border_text_array(x text[]) RETURNS text[]
    LANGUAGE c STRICT AS :'library', 'border_text_array';
CREATE FUNCTION border_double(x numeric) RETURNS float8
    LANGUAGE c STRICT AS :'library', 'border_double';
CREATE FUNCTION border_numeric(x numeric) RETURNS numeric
    LANGUAGE c STRICT AS :'library', 'border_numeric';

-- The resident memory of this backend in kB.
CREATE FUNCTION resident_memory() RETURNS bigint LANGUAGE sql VOLATILE
    RETURN (regexp_match(pg_read_file('/proc/self/status'), 'VmRSS:\s+(\d+) kB'))[1]::bigint;
