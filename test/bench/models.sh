# The isolation forest on 1,000,000 rows of 6 features: a fit against avg() over the same columns, and scores
# against scikit-learn's. Ratios of seconds and, because other work on the machine does not change them much, of
# processor seconds too: of the whole server, workers included. Sourced by scripts/bench.
# shellcheck shell=bash disable=SC2154
sql -f - <test/bench/models_data.sql >/dev/null
# Left unanalyzed, as autovacuum leaves a table of one row. The planner expects thousands of models, joins them in
# parallel and compiles for them; analyzed, it joins the one in a single process.
sql -c 'CREATE TABLE bench_model AS SELECT recon_fit_iforest(features) AS model FROM bench_features'
sql -c 'COPY (SELECT a, b, c, d, e, f FROM bench_features) TO STDOUT (FORMAT csv)' >"$work/features.csv"

# Processor seconds of the server and of all its processes that have ended.
server_time() {
    awk -v tick="$(getconf CLK_TCK)" \
        '{ sub(/.*\) /, ""); split($0, v, " "); print (v[12] + v[13] + v[14] + v[15]) / tick }' \
        "/proc/$(head -n 1 "$work/server/data/postmaster.pid")/stat"
}
# timed NAME STATEMENT: its seconds into NAME, and its processor seconds into NAME_processor.
timed() {
    local before
    before=$(server_time)
    seconds "$2" >>"$work/$1"
    sleep 0.3 # until the server has seen its processes end
    awk -v a="$(server_time)" -v b="$before" 'BEGIN { print a - b }' >>"$work/$1_processor"
}
serial='SET max_parallel_workers_per_gather = 0;'
for _ in $(seq "$runs"); do
    timed avg "$serial SELECT avg(a), avg(b), avg(c), avg(d), avg(e), avg(f) FROM bench_features;"
    timed forest_fit "$serial SELECT recon_fit_iforest(ARRAY[a, b, c, d, e, f]) IS NOT NULL FROM bench_features;"
    timed forest_fit_array "$serial SELECT recon_fit_iforest(features) IS NOT NULL FROM bench_features;"
    timed score "SELECT max(recon_score((SELECT model FROM bench_model), features)) FROM bench_features;"
    timed score_join "SELECT max(recon_score(model, features)) FROM bench_features, bench_model;"
    timed score_rows "SELECT max(score) FROM bench_model, recon_score_rows(model,
        'SELECT id, a, b, c, d, e, f FROM bench_features');"
    timed score_rows_array "SELECT max(score) FROM bench_model, recon_score_rows(model,
        'SELECT id, features FROM bench_features');"
    /usr/bin/python3 test/bench/sklearn_forest.py "$work/features.csv" >"$work/sklearn_run"
    cut -d ' ' -f 1 "$work/sklearn_run" >>"$work/sklearn_score"
    cut -d ' ' -f 2 "$work/sklearn_run" >>"$work/sklearn_score_processor"
done
for name in avg forest_fit forest_fit_array score score_join score_rows score_rows_array sklearn_score; do
    figure "$name"
    figure "${name}_processor"
done
for clock in '' _processor; do
    ratio "forest_fit${clock}_over_avg" "forest_fit$clock" "avg$clock"
    ratio "forest_fit_array${clock}_over_avg" "forest_fit_array$clock" "avg$clock"
    for way in score score_join score_rows score_rows_array; do
        ratio "sklearn${clock}_over_$way" "sklearn_score$clock" "$way$clock"
    done
done
