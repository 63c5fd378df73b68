#include "run/plan/run_plan.hpp"

#include <limits>
#include <memory>

#include "postgres/datums.hpp"
#include "run/judge/own_detectors.hpp"
#include "run/judge/run_rules.hpp"

namespace recon::functions {

using namespace recon::postgres;

namespace {

enum Column {
    reconciliation_id = 1,
    reconciliation_name,
    reader,
    scan,
    measures,
    tolerances,
    strategy,
    alpha,
    weights,
    minimum_amount,
    history_rows,
    from_date,
    to_date,
    newest_judged,
    separate_target,
    persist,
    advice,
    fingerprint,
    is_kept,
    through,
    digest_scan,
    later_scan,
    known_rows_scan,
    block_scan,
    horizon,
    source,
    combination,
    scores,
    rules,
    own_detectors,
    loaded_before,
    judges_late_rows,
    late_since_run,
    late_through,
    has_calendar,
    holidays,
    floor_currencies,
    floor_amounts,
    trees,
    tree_rows,
    today,
};

constexpr const char* statement =
    // Release 0.1.0 has no baselines, nor pools of peers.
    "SELECT p.reconciliation_id, p.reconciliation_name, p.reader::text, "
    "CASE WHEN of_plan.members ? 'baseline' THEN p.scan "
    "ELSE format('SELECT key, NULL::text AS pool, currency, series, rows_read, rows_without_date "
    "FROM (%s) AS scan', p.scan) END, p.measures, "
    "p.tolerances, p.strategy, "
    "p.alpha, p.weights, p.minimum_amount, p.history_rows, p.from_date, p.to_date, "
    "p.newest_judged, p.separate_target, p.persist, p.advice, "
    "b->>'fingerprint', (b->>'is_kept')::bool, (b->>'through')::int, b->>'digest_scan', "
    "b->>'scan', b->>'known_rows_scan', b->>'block_scan', b->>'horizon', b->>'source', "
    "coalesce(j->>'combination', 'harmonic'), coalesce(j->>'scores', 'anomalies'), j->>'rules', "
    "j->>'own_detectors', (j->>'loaded_before')::timestamptz, j ? 'late_rows', "
    "(j->'late_rows'->>'since_run')::bigint, (j->'late_rows'->>'through')::int, "
    "coalesce(jsonb_typeof(j->'holidays') = 'array', false), "
    "ARRAY(SELECT h::date FROM jsonb_array_elements_text(CASE jsonb_typeof(j->'holidays') "
    "WHEN 'array' THEN j->'holidays' ELSE '[]' END) h), "
    "ARRAY(SELECT f.key FROM jsonb_each_text(p.strategy->'minimum_amounts') f "
    "ORDER BY f.key COLLATE \"C\"), "
    "ARRAY(SELECT f.value::float8 FROM jsonb_each_text(p.strategy->'minimum_amounts') f "
    "ORDER BY f.key COLLATE \"C\"), "
    "(j->'forest'->>'trees')::int, (j->'forest'->>'sample_size')::int, "
    "(j->>'today')::date "
    "FROM recon.plan_run($1, $2, $3, $4, $5, $6, $7, $8) AS p, "
    "LATERAL (SELECT to_jsonb(p)) AS of_plan(members), "
    "LATERAL (SELECT members->'baseline', members->'judging') AS parts(b, j)";

std::optional<std::int32_t> optional_date(const Query& query, int column) {
    if (query.is_null(0, column)) return std::nullopt;
    return DatumGetDateADT(query.value(0, column));
}

} // namespace

std::int32_t RunPlan::last_date() const noexcept {
    if (to_date) return *to_date;
    // What is named as the target is what was asked for.
    const bool is_asked_for = separate_target || (from_date && today && *from_date > *today);
    return today && !is_asked_for ? *today : std::numeric_limits<std::int32_t>::max();
}

RunPlan make_run_plan(std::span<const NullableDatum, run_arguments> arguments) {
    const Oid types[run_arguments] = {TEXTOID, TEXTOID, TEXTOID,        DATEOID,
                                      DATEOID, TEXTOID, TIMESTAMPTZOID, BOOLOID};
    std::vector<Parameter> parameters;
    for (std::size_t i = 0; i < run_arguments; ++i) {
        parameters.push_back({types[i], arguments[i].value, arguments[i].isnull});
    }
    Query query;
    query.run(statement, parameters);

    RunPlan plan;
    if (!query.is_null(0, reconciliation_id)) {
        plan.reconciliation_id = DatumGetInt32(query.value(0, reconciliation_id));
    }
    plan.reconciliation_name = query.text(0, reconciliation_name);
    plan.reader = query.text(0, reader);
    plan.scan = query.text(0, scan);
    for (auto& name : text_array(query.value(0, measures))) {
        plan.measures.push_back(name.value_or(""));
    }
    plan.judging.tolerance = float8_array(query.value(0, tolerances));
    plan.strategy = query.text(0, strategy);
    plan.alpha = DatumGetFloat8(query.value(0, alpha));
    const auto detector_weights = float8_array(query.value(0, weights));
    for (std::size_t i = 0; i < breaks::detector_count; ++i) {
        auto& detector = plan.judging.detectors[i];
        // Release 0.1.0 knows fewer detectors.
        const double weight = i < detector_weights.size() ? detector_weights[i] : 0;
        detector.enabled = weight > 0;
        detector.weight = detector.enabled ? weight : 1;
    }
    if (!query.is_null(0, trees)) {
        plan.judging.forest = {
            static_cast<std::uint32_t>(DatumGetInt32(query.value(0, trees))),
            static_cast<std::uint32_t>(DatumGetInt32(query.value(0, tree_rows)))};
    }
    plan.judging.combination = evidence::combination_named(query.text(0, combination))
                                   .value_or(evidence::Combination::harmonic);
    plan.keeps_all_scores = query.text(0, scores) == "all";
    plan.minimum_amounts.otherwise = DatumGetFloat8(query.value(0, minimum_amount));
    auto currencies = text_array(query.value(0, floor_currencies));
    const auto floors = float8_array(query.value(0, floor_amounts));
    for (std::size_t i = 0; i < floors.size(); ++i) {
        plan.minimum_amounts.of_currency.emplace(std::move(*currencies[i]), floors[i]);
    }
    if (DatumGetBool(query.value(0, has_calendar))) {
        plan.judging.calendar =
            std::make_shared<const series::Calendar>(date_array(query.value(0, holidays)));
    }
    plan.judging.window = static_cast<std::uint32_t>(DatumGetInt32(query.value(0, history_rows)));
    plan.from_date = optional_date(query, from_date);
    plan.to_date = optional_date(query, to_date);
    plan.newest_judged = optional_date(query, newest_judged);
    plan.today = optional_date(query, today);
    plan.separate_target = DatumGetBool(query.value(0, separate_target));
    plan.persist = DatumGetBool(query.value(0, persist));
    plan.advice = query.optional_text(0, advice);
    if (!query.is_null(0, fingerprint)) {
        auto& baseline = plan.baseline.emplace();
        baseline.fingerprint = query.text(0, fingerprint);
        baseline.is_kept = DatumGetBool(query.value(0, is_kept));
        baseline.through = optional_date(query, through);
        baseline.digest_scan = query.text(0, digest_scan);
        baseline.scan = query.text(0, later_scan);
        baseline.known_rows_scan = query.optional_text(0, known_rows_scan);
        baseline.block_scan = query.text(0, block_scan);
        baseline.horizon = query.text(0, horizon);
        baseline.source = query.text(0, source);
    }
    if (!query.is_null(0, loaded_before)) {
        plan.loaded_before = DatumGetTimestampTz(query.value(0, loaded_before));
    }
    if (!query.is_null(0, judges_late_rows) && DatumGetBool(query.value(0, judges_late_rows))) {
        auto& late = plan.late_rows.emplace();
        if (!query.is_null(0, late_since_run)) {
            late.since_run = DatumGetInt64(query.value(0, late_since_run));
        }
        late.through = optional_date(query, late_through).value_or(0);
    }
    const auto plan_of_rules = query.optional_text(0, rules);
    const auto plan_of_own = query.optional_text(0, own_detectors);
    query.finish();
    if (plan_of_own) plan.own_detectors = read_own_detectors(*plan_of_own);
    if (plan_of_rules) plan.rules = read_rules(*plan_of_rules);
    const auto& history = arguments[1];
    const auto& target = arguments[2];
    const auto& as_of = arguments[6];
    plan.is_as_of = !as_of.isnull;
    plan.reads_all_dates = history.isnull && target.isnull && as_of.isnull && !plan.to_date;
    if (plan.reconciliation_id && history.isnull && target.isnull && !as_of.isnull) {
        plan.replays_as_of = DatumGetTimestampTz(as_of.value);
    }
    return plan;
}

} // namespace recon::functions
