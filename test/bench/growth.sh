# What a year of 5,000 breaks a day weighs, how its review queue answers, and how its oldest half goes.
# Prints also "NAME_bytes BYTES". Sourced by scripts/bench.
# shellcheck shell=bash disable=SC2154
sql -c 'TRUNCATE recon.score, recon.break' >/dev/null
sql -f - <test/bench/growth_data.sql >/dev/null

# Heap, indexes and TOAST of the partitions of recon.$1, over the number of judged breaks.
bytes_per_break() {
    sql -c "SELECT round(sum(pg_total_relation_size(inhrelid)) / (SELECT count(*) FROM recon.break))
            FROM pg_inherits WHERE inhparent = 'recon.$1'::regclass"
}
printf 'break_per_break_bytes %s\nscore_per_break_bytes %s\n' "$(bytes_per_break break)" "$(bytes_per_break score)"

for _ in $(seq "$runs"); do
    seconds 'SELECT count(b) FROM (SELECT * FROM recon.review_queue LIMIT 100) AS b;' >>"$work/review_queue_first_100"
    seconds "SELECT count(b) FROM (SELECT * FROM recon.review_queue WHERE reconciliation = 'growth' LIMIT 100) AS b;" \
        >>"$work/review_queue_of_one_first_100"
    seconds 'SELECT count(*) FROM recon.review_queue;' >>"$work/review_queue_length"
    seconds "COPY (SELECT * FROM recon.review_queue) TO '/dev/null';" >>"$work/review_queue_whole"
done
seconds "SELECT recon_purge('growth', '2024-07-01');" >"$work/purge_six_months"
for name in review_queue_first_100 review_queue_of_one_first_100 review_queue_length \
    review_queue_whole purge_six_months; do
    figure $name
done
