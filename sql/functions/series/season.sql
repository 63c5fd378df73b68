-- Whether a stream repeats itself.

CREATE OR REPLACE FUNCTION recon_season(
    x double precision[], longest integer DEFAULT 366, alpha double precision DEFAULT 0.05,
    OUT period integer, OUT strength double precision, OUT p_value double precision, OUT is_season boolean
)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_season_of_array';
COMMENT ON FUNCTION recon_season(double precision[], integer, double precision) IS
    'Whether a stream repeats itself, and after how many elements: the strongest peak of its autocorrelation, once the '
    'Theil-Sen trend is taken away, at distances of 2 to "longest" elements and at most a third of the stream. '
    'strength is the autocorrelation there (the mean product over the variance, which may pass 1 a little), p_value '
    'how likely a peak at any of these distances would be as striking in white noise, is_season whether that is below '
    'alpha. A stream that is no white noise but wanders (each element near the one before) has such peaks without a '
    'season: give its differences. Elements that are NULL or not finite keep their places. All but is_season is NULL '
    'where nothing repeats. Errors: 22023 longest below 2, a level not between 0 and 1.';
