# Sizes and shapes: 10,000,000 rows in 2,000 keys against 1,000,000; many short keys; few long ones, these by
# the aggregates of the library, too. Each once, with the most memory that the backend or one of its workers held
# (shared buffers included).
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

# measure NAME STATEMENT: seconds and the largest resident size, by looking every tenth of a second.
measure() {
    local name=$1 statement=$2 server
    server=$(head -n 1 "$work/server/data/postmaster.pid")
    : >"$work/watching"
    (
        largest=0
        while [ -e "$work/watching" ]; do
            for size in $(ps --ppid "$server" -o rss=); do
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

# detect TABLE
detect() {
    measure "$1" "SELECT count(*) FROM recon_detect('$1', from_date => '1900-01-01', persist => false);"
}

# aggregate_keys TABLE: one value of each aggregate a key.
aggregate_keys() {
    local name call
    while read -r name call; do
        measure "$1_$name" "SELECT count(v) FROM (SELECT $call AS v FROM $1 GROUP BY account) a;"
    done <<'END'
series recon_series(on_date, difference::float8)
stats recon_stats(difference::float8)
iforest recon_fit_iforest(ARRAY[difference, on_date - date '1900-01-01']::float8[])
mahalanobis recon_fit_mahalanobis(ARRAY[difference, on_date - date '1900-01-01']::float8[])
END
}

make_rows rows_1m 2000 500
detect rows_1m
make_rows rows_10m 2000 5000
detect rows_10m
ratio rows_10m_over_rows_1m rows_10m rows_1m
sql -c 'DROP TABLE rows_10m' >/dev/null
make_rows keys_100000_rows_10 100000 10
detect keys_100000_rows_10
aggregate_keys keys_100000_rows_10
make_rows keys_10_rows_1m 10 1000000
detect keys_10_rows_1m
aggregate_keys keys_10_rows_1m
