# Window functions against lag() of the same window, and the bands of whole keys against avg and stddev over
# a window and against DuckDB: 1,000,000 rows in 2,000 keys; one process of the server, two threads of DuckDB.
# Sourced by scripts/bench.
# shellcheck shell=bash disable=SC2154
sql -f - <test/bench/streams_data.sql >/dev/null
sql -c 'COPY bench_stream TO STDOUT (FORMAT csv, HEADER)' >"$work/streams.csv"
duckdb=no
if have npm && npm install --silent --prefix "$work/duckdb" @duckdb/node-api >/dev/null 2>&1; then
    duckdb=yes
else
    say 'DuckDB left out: npm cannot install @duckdb/node-api here' >&2
fi
# One key of all rows fills every window.
serial='SET max_parallel_workers_per_gather = 0;' 
by_key='PARTITION BY key ORDER BY on_date' one_key='ORDER BY on_date, key'
over() { seconds "$serial SELECT count(value) FROM (SELECT $1 OVER ($2) AS value FROM bench_stream) AS judged;"; }
rolling() { seconds "$serial SELECT sum(cardinality((rolled).stddev)) 
    FROM (SELECT recon_rolling(recon_series(on_date, x), $1) AS rolled FROM bench_stream GROUP BY key) AS keys;"; }
average_over() {
    seconds "$serial SELECT count(mean), count(deviation) 
        FROM (SELECT avg(x) OVER w AS mean, stddev(x) OVER w AS deviation FROM bench_stream
        WINDOW w AS ($by_key ROWS BETWEEN $1 PRECEDING AND 1 PRECEDING)) AS judged;"
}
for _ in $(seq "$runs"); do
    over 'lag(x)' "$by_key" >>"$work/lag"
    over 'lag(x)' "$one_key" >>"$work/lag_one_key"
    over 'recon_bollinger(x, 10000)' "$one_key" >>"$work/bollinger_10000_one_key"
    for width in 20 1000 10000; do over "recon_bollinger(x, $width)" "$by_key" >>"$work/bollinger_$width"; done
    over 'recon_robust_z(x, 20)' "$by_key" >>"$work/robust_z_20"
    over 'recon_ewma(x)' "$by_key" >>"$work/ewma"
    for width in 20 100 1000; do rolling $width >>"$work/rolling_$width"; done
    for width in 20 100; do average_over $width >>"$work/average_over_$width"; done
    if [ $duckdb = yes ]; then
        for width in 20 1000; do
            NODE_MODULES=$work/duckdb/node_modules node test/bench/duckdb_windows.mjs "$work/streams.csv" $width \
                >>"$work/duckdb_$width"
        done
    fi
done
for name in lag lag_one_key bollinger_20 bollinger_1000 bollinger_10000 bollinger_10000_one_key \
    robust_z_20 ewma rolling_20 rolling_100 rolling_1000 \
    average_over_20 average_over_100; do figure $name; done
if [ $duckdb = yes ]; then for width in 20 1000; do figure duckdb_$width; done; fi
for name in bollinger_20 bollinger_1000 bollinger_10000 robust_z_20 ewma; do ratio ${name}_over_lag $name lag; done
ratio bollinger_10000_over_lag_one_key bollinger_10000_one_key lag_one_key
for width in 20 100; do ratio average_over_${width}_over_rolling average_over_$width rolling_$width; done
if [ $duckdb = yes ]; then
    for width in 20 1000; do ratio rolling_${width}_over_duckdb rolling_$width duckdb_$width; done
fi
