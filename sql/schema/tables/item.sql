-- The standing breaks of keys.

CREATE TABLE recon.item (
    reconciliation_id   integer NOT NULL,
    opened_on           date NOT NULL,
    key_hash            bigint NOT NULL,
    key                 jsonb NOT NULL,
    last_on             date NOT NULL,
    closed_on           date,
    closed_by           text CHECK (closed_by IN ('corrected', 'gone')),
    run_id              bigint NOT NULL,
    PRIMARY KEY (reconciliation_id, opened_on, key_hash)
) WITH (fillfactor = 80);
-- Without last_on, which moves with every run: an update then stays on its page.
CREATE INDEX item_open ON recon.item (reconciliation_id) WHERE closed_on IS NULL;
COMMENT ON TABLE recon.item IS
    'Items: the standing break of a key from the date on which it opened, over all dates on which the key has rows and '
    'one of them is a break, until it is closed.';
COMMENT ON COLUMN recon.item.opened_on IS
    'first date with a break since the key matched last; may lie before the dates that were judged';
COMMENT ON COLUMN recon.item.key IS 'key columns and their values as canonical text';
COMMENT ON COLUMN recon.item.last_on IS 'newest date with a break, of the dates judged';
COMMENT ON COLUMN recon.item.closed_on IS 'the date on which it was closed; NULL while it stands';
COMMENT ON COLUMN recon.item.closed_by IS
    'corrected: all rows of the key match on that date; gone: the first complete date without a row of the key. A date '
    'with fewer than half of its usual keys is not complete. A break of the key that '
    'follows without a match in between opens the item again.';
COMMENT ON COLUMN recon.item.run_id IS 'the run that saw it change last';

SELECT pg_catalog.pg_extension_config_dump('recon.item', '');
