-- Fisher's exact test of a table of counts.

CREATE OR REPLACE FUNCTION recon_fisher_exact(
    a bigint, b bigint, c bigint, d bigint,
    OUT p_low double precision, OUT p_high double precision, OUT p_both double precision
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_fisher_exact';
COMMENT ON FUNCTION recon_fisher_exact(bigint, bigint, bigint, bigint) IS
    'Fisher''s exact test whether the rows and columns of the table [[a, b], [c, d]] are independent (Fisher 1935), '
    'such as breaks and matches of one desk, and of all others: the chance, where they are, of a first count no larger '
    'than a (p_low), no smaller (p_high), and of a table no more probable than this one (p_both); 1 where a margin is '
    '0. NULL where a count is. Errors: 22023 a negative count, counts that add up to more than 1000000000000.';
