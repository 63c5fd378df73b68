-- Dates and numbers that are kept as text.

CREATE OR REPLACE FUNCTION recon.parse_date(date_text text, format text) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_date';
COMMENT ON FUNCTION recon.parse_date(text, text) IS
    'The date of a text; the to_date format says whether day, month or year comes '
    'first. NULL where the text is no date.';

CREATE OR REPLACE FUNCTION recon.parse_number(number_text text, decimal_sign text) RETURNS numeric
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'recon_parse_number';
COMMENT ON FUNCTION recon.parse_number(text, text) IS
    'The number of a text: 1,234.50, (200), 12-, $5, 1''234, and 1.234,50 where the decimal sign is a comma. NULL '
    'where the text is no finite number. Errors: 22023 a decimal sign that is neither point nor comma.';
