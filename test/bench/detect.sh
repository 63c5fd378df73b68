# recon_detect over 1,000,000 rows in 2,000 keys, against the pipeline of pandas and scikit-learn.
# Sourced by scripts/bench.
# shellcheck shell=bash disable=SC2154
sql -f - <test/bench/detect_data.sql >/dev/null
sql -c "COPY (SELECT account, on_date, difference FROM bench_balance) TO STDOUT (FORMAT csv, HEADER)" >"$work/rows.csv"
sql -c "COPY (SELECT account, on_date, difference, units FROM bench_two)
    TO STDOUT (FORMAT csv, HEADER)" >"$work/rows_of_two.csv"

forget_verdicts() { sql -c 'TRUNCATE recon.score, recon.break, recon.item' -c 'CHECKPOINT' >/dev/null; }
every_date="from_date => '2023-01-02'"
newest_date="from_date => (SELECT max(on_date) FROM bench_balance)"
# The next days' rows arrive one day after the other; a run over everything has left its baselines.
next_day() {
    sql -c "INSERT INTO bench_balance SELECT account, currency, on_date + 1,
            difference + round(10 * random()::numeric, 2)
            FROM bench_balance WHERE on_date = (SELECT max(on_date) FROM bench_balance)" >/dev/null
}
sql -c "SELECT count(*) FROM recon_detect('bench', $every_date)" >/dev/null
for _ in $(seq "$runs"); do
    /usr/bin/python3 test/bench/pandas_pipeline.py "$work/rows.csv" >>"$work/pipeline"
    seconds "SELECT avg(difference), stddev(difference), count(*) FROM bench_balance;" >>"$work/scan"
    seconds "SELECT count(*) FROM recon_detect('bench', $every_date, persist => false);" >>"$work/detect"
    # Two measures: the forest is asked.
    /usr/bin/python3 test/bench/pandas_pipeline.py "$work/rows_of_two.csv" >>"$work/pipeline_of_two"
    seconds "SELECT count(*) FROM recon_detect('bench_two', $every_date, persist => false);" \
        >>"$work/detect_with_forest"
    seconds "SELECT count(*) FROM recon_detect('bench_two', $every_date, persist => false, strategy => 'sensitive');" \
        >>"$work/detect_sensitive"
    forget_verdicts
    seconds "SELECT count(*) FROM recon_detect('bench', $every_date);" >>"$work/detect_persisted"
    seconds "SELECT count(*) FROM recon_detect('bench', $newest_date, persist => false);" >>"$work/detect_newest_date"
    next_day
    seconds "SELECT count(*) FROM recon_detect('bench');" >>"$work/detect_daily"
    # What storing the verdicts costs, against COPY of the same rows.
    seconds "SELECT count(*) FROM recon_detect('bench_many', $every_date, persist => false);" \
        >>"$work/detect_many_breaks"
    forget_verdicts
    seconds "SELECT count(*) FROM recon_detect('bench_many', $every_date);" >>"$work/detect_many_breaks_persisted"
    sql -c "COPY (SELECT * FROM recon.break) TO '$work/server/break.copy' (FORMAT binary)" \
        -c "COPY (SELECT * FROM recon.score) TO '$work/server/score.copy' (FORMAT binary)" >/dev/null
    forget_verdicts
    { seconds "COPY recon.break FROM '$work/server/break.copy' (FORMAT binary);"
        seconds "COPY recon.score FROM '$work/server/score.copy' (FORMAT binary);"; } |
        awk '{ s += $1 } END { print s }' >>"$work/copy_many_breaks"
done
paste "$work/detect_many_breaks_persisted" "$work/detect_many_breaks" | awk '{ print $1 - $2 }' \
    >"$work/store_many_breaks"
for name in pipeline pipeline_of_two scan detect detect_with_forest detect_sensitive \
    detect_persisted detect_newest_date detect_daily detect_many_breaks \
    store_many_breaks copy_many_breaks; do
    figure $name
done
ratio pipeline_over_detect pipeline detect
ratio pipeline_over_detect_with_forest pipeline detect_with_forest
ratio pipeline_of_two_over_detect_with_forest pipeline_of_two detect_with_forest
ratio pipeline_of_two_over_detect_sensitive pipeline_of_two detect_sensitive
ratio pipeline_over_detect_many_breaks pipeline detect_many_breaks
ratio detect_persisted_over_detect detect_persisted detect
ratio detect_newest_date_over_detect detect_newest_date detect
ratio detect_daily_over_detect detect_daily detect
ratio detect_daily_over_detect_persisted detect_daily detect_persisted
ratio store_over_copy store_many_breaks copy_many_breaks
ratio detect_over_scan detect scan
