# Sizes and shapes: 10,000,000 rows in 2,000 keys against 1,000,000; many short keys; few long ones. Each
# once, with the most memory that the backend or one of its workers held (shared buffers included).
# Sourced by scripts/bench.
# shellcheck shell=bash disable=SC2154

# make_rows TABLE KEYS DAYS
make_rows() {
    sql -f - >/dev/null <<END
CREATE TABLE $1 (account text, on_date date, difference numeric);
INSERT INTO $1
SELECT 'account ' || key_number, date '1900-01-01' + day,
       round((1000 + 20 * (random() + random() + random() + random() - 2) * 1.7
              + CASE WHEN random() < 0.0005 THEN 20000 ELSE 0 END)::numeric, 2)
FROM generate_series(1, $3) AS day, generate_series(1, $2) AS key_number;
VACUUM ANALYZE $1;
SELECT recon_create('$1', source => '$1', key_columns => '{account}', derived_columns => '{difference}',
    date_column => 'on_date', break_when => 'abs(difference) > 5000');
END
}

# measure TABLE: seconds and the largest resident size, by looking every tenth of a second.
measure() {
    local name=$1 statement
    statement="SELECT count(*) FROM recon_detect('$name', from_date => '1900-01-01', persist => false);"
    : >"$work/watching"
    (
        largest=0
        while [ -e "$work/watching" ]; do
            for size in $(ps -C postgres -o rss=); do
                if [ "$size" -gt "$largest" ]; then largest=$size; fi
            done
            echo "$largest" >"$work/largest"
            sleep 0.1
        done
    ) &
    seconds "$statement" >"$work/$name"
    rm "$work/watching"
    wait $!
    figure "$name"
    printf '%s_megabytes %s\n' "$name" $(($(cat "$work/largest") / 1024))
}

make_rows rows_1m 2000 500
measure rows_1m
make_rows rows_10m 2000 5000
measure rows_10m
ratio rows_10m_over_rows_1m rows_10m rows_1m
sql -c 'DROP TABLE rows_10m' >/dev/null
make_rows keys_100000_rows_10 100000 10
measure keys_100000_rows_10
make_rows keys_10_rows_1m 10 1000000
measure keys_10_rows_1m
