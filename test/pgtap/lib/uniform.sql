-- A number in [0, 1) that is always the same for a seed.
CREATE FUNCTION uniform(seed text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT ('x' || substr(md5(seed), 1, 7))::bit(28)::integer / 268435456.0::float8 $$;
