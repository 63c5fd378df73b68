# One new row judged by the stored baselines, as a prepared statement asks for it: 10,000 calls in one
# statement, over 2,000 keys in turn. Prints also "score_row_microseconds MICROSECONDS". Sourced by
# scripts/bench.
# shellcheck shell=bash disable=SC2154
sql -c "SELECT to_regclass('bench_balance') IS NULL" | grep -q f || sql -f - <test/bench/detect_data.sql >/dev/null
sql -c "SELECT count(*) FROM recon_detect('bench', from_date => (SELECT max(on_date) FROM bench_balance))" >/dev/null

# calls STATEMENT: microseconds of each of 10,000 executions of what is prepared, $1 a row of the source.
calls() {
    seconds "DO \$do\$
        DECLARE
            newest bench_balance[] := ARRAY(SELECT b FROM bench_balance b
                WHERE on_date = (SELECT max(on_date) FROM bench_balance));
            r bench_balance;
            verdict record;
        BEGIN
            FOR i IN 1 .. 10000 LOOP
                r := newest[1 + i % 2000];
                r.difference := 6000 + i;
                $1
            END LOOP;
        END \$do\$;" | awk '{ print $1 * 100 }'
}
for _ in $(seq "$runs"); do
    calls 'verdict := r;' >>"$work/row_loop"
    calls "SELECT * INTO verdict FROM recon_score_row('bench', r);" >>"$work/score_row"
    calls "SELECT * INTO verdict FROM recon_score_row('bench', to_jsonb(r));" >>"$work/score_row_jsonb"
done
for name in row_loop score_row score_row_jsonb; do
    printf '%s_microseconds %s\n' "$name" "$(median <"$work/$name")"
done
