#include "run/judge/custom_detectors.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/base/interrupt.hpp"
#include "core/base/said_number.hpp"
#include "core/detection/judging/weighing.hpp"
#include "postgres/cursor.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_number.hpp"
#include "postgres/memory.hpp"
#include "postgres/roles.hpp"
#include "run/result/verdict_columns.hpp"

extern "C" {
#include "utils/builtins.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
// From here on a row is out of pattern for a custom detector, whatever the others say of it.
const double ln_striking = std::log(0.01);

TupleDesc target_shape() {
    return guarded([] {
        TupleDesc shape = CreateTemplateTupleDesc(3);
        TupleDescInitEntry(shape, 1, "n", INT8OID, -1, 0);
        TupleDescInitEntry(shape, 2, "x", FLOAT8OID, -1, 0);
        TupleDescInitEntry(shape, 3, "history", FLOAT8ARRAYOID, -1, 0);
        return shape;
    });
}

std::string quoted(const std::string& text) {
    const char* const raw = text.c_str();
    return guarded([=] { return quote_literal_cstr(raw); });
}

// The detector whose error it was comes first; a cancel belongs to none.
void tell_whose(ErrorData& error, const std::string& name) {
    if (error.sqlerrcode == ERRCODE_QUERY_CANCELED || error.elevel >= FATAL) return;
    const std::string message =
        "detector \"" + name + "\" failed: " + (error.message == nullptr ? "" : error.message);
    const char* const text = message.c_str();
    const MemoryContext memory = CallScope::memory();
    error.message = guarded([=] { return MemoryContextStrdup(memory, text); });
}

// The function is called by its name. Since the run was planned, another one may have taken it.
void expect_type(const OwnDetector& detector, TupleDesc answers, std::size_t answer) {
    const Oid planned = !detector.is_rule ? FLOAT8OID : detector.gives_text ? TEXTOID : BOOLOID;
    const Oid given = TupleDescAttr(answers, static_cast<int>(answer))->atttypid;
    if (given == planned) return;
    throw Error(ErrorKind::not_available,
                "the function of detector \"" + detector.name + "\" has changed during the run",
                "It returns " + type_name(given) + " now, not " + type_name(planned) + ".",
                "Start the run again.");
}

// What a detector answers about row n of those it was asked about; NULL is no answer.
using TakeAnswer = std::function<void(std::size_t n, Datum answer)>;

// Asks a detector about rows that it sees by a name, as the owner of the reconciliation. `row` is
// what the call says of a row t, and `number` the column of t that numbers it.
struct Question {
    const PendingRows& rows;
    const char* name;
    const char* number;
    const char* row;
};
void ask_about(const Question& question, const OwnDetector& detector, const std::string& reader,
               const TakeAnswer& take) {
    constexpr long at_a_time = 4096;
    const std::string statement = std::string("SELECT t.") + question.number + " AS n, " +
                                  detector.call + "(" + question.row + ", " +
                                  quoted(detector.options) + "::jsonb) AS answer FROM " +
                                  question.name + " AS t";
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    try {
        Query query;
        question.rows.show_as(question.name);
        Cursor answers(query, statement);
        const auto n = answers.column("n");
        const auto answer = answers.column("answer");
        expect_type(detector, answers.shape(), answer);
        const auto take_row = [&](const Datum* values, const bool* nulls) {
            if (!nulls[answer]) take(DatumGetUInt64(values[n]), values[answer]);
        };
        while (answers.fetch(at_a_time, take_row) > 0)
            poll_interrupt();
        query.finish();
    } catch (const ServerError& error) {
        tell_whose(*error.data, detector.name);
        throw;
    }
    as_reader.finish();
}

} // namespace

bool OwnEvidence::is_asked(const RunPlan& plan) noexcept {
    return std::any_of(plan.own_detectors.begin(), plan.own_detectors.end(),
                       [](const OwnDetector& detector) { return !detector.is_rule; });
}

OwnEvidence::OwnEvidence(const RunPlan& plan)
    : plan_(plan), rows_(target_shape()), per_row_(guarded([] {
          return AllocSetContextCreate(CurrentMemoryContext, "recon target row",
                                       ALLOCSET_DEFAULT_SIZES);
      })) {
    for (const auto& detector : plan.own_detectors) {
        if (!detector.is_rule) detectors_.push_back(&detector);
    }
}

void OwnEvidence::add(const JudgedTarget& target) {
    const ContextScope scope(per_row_);
    bool nulls[] = {false, std::isnan(target.observed), false};
    Datum values[] = {Int64GetDatum(static_cast<std::int64_t>(built_in_.size())),
                      Float8GetDatum(target.observed), make_float8_array(target.history)};
    rows_.add(values, nulls);
    built_in_.push_back(target.ln_p);
    guarded([context = per_row_] { MemoryContextReset(context); });
}

std::vector<double> OwnEvidence::ask(const OwnDetector& detector) const {
    // As for the others: the strongest of several measures was chosen.
    const double ln_measures = std::log(static_cast<double>(plan_.measures.size()));
    std::vector<double> said(built_in_.size(), not_a_number);
    ask_about({rows_, "own_target", "n", "t.history, t.x"}, detector, plan_.reader,
              [&](std::size_t n, Datum answer) {
                  const double ln_p = DatumGetFloat8(answer);
                  if (!(ln_p <= 0) || std::isinf(ln_p)) {
                      throw Error(ErrorKind::invalid_parameter,
                                  "detector \"" + detector.name +
                                      "\" returned an invalid log probability",
                                  "It returned " + said_number(ln_p) + ".",
                                  "A detector returns a finite number of at most 0, or NULL where "
                                  "it has nothing to say.");
                  }
                  said[n] = std::min(0.0, ln_p + ln_measures);
              });
    return said;
}

void OwnEvidence::decide(Detection& detection, std::vector<double>& ln_p) {
    std::vector<std::vector<double>> said;
    for (const auto* detector : detectors_) {
        said.push_back(ask(*detector));
        detection.own_detectors.push_back(detector->name);
    }
    rows_.end();
    const std::size_t own = detectors_.size();
    std::vector<double> weights;
    for (const auto* detector : detectors_)
        weights.push_back(detector->weight);
    breaks::Weighing weighing(plan_.judging, weights);
    std::vector<std::size_t> ours(own);
    std::iota(ours.begin(), ours.end(), breaks::detector_count);
    const auto is_said = [&](std::size_t n) {
        weighing.begin(built_in_[n]);
        bool any = false;
        for (std::size_t i = 0; i < own; ++i)
            any |= weighing.hear(ours[i], said[i][n]);
        return any;
    };
    for (std::size_t n = 0; n < ln_p.size(); ++n) {
        if (is_said(n)) ln_p[n] = weighing.together();
    }
    for (auto& judged : detection.breaks) {
        judged.own = static_cast<std::uint32_t>(detection.own_evidence.size());
        if (!is_said(judged.target)) {
            detection.own_evidence.resize(detection.own_evidence.size() + own);
            continue;
        }
        weighing.settle(judged.finding);
        for (const auto at : ours) {
            detection.own_evidence.push_back(
                {static_cast<float>(weighing.ln_p(at)), static_cast<float>(weighing.share(at))});
        }
        weighing.name(judged.finding, ours, ln_striking, breaks::Pattern::own_detector);
    }
}

namespace {

bool is_flag_name(const std::string& text) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && text.size() < 64 && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(), is_fine);
}

// A rule answers true or false, or with the name of a flag.
std::optional<std::string> flag_of(const OwnDetector& rule, Datum value) {
    if (!rule.gives_text) return DatumGetBool(value) ? std::optional(rule.name) : std::nullopt;
    auto text = text_of(value);
    if (!is_flag_name(text)) {
        throw Error(ErrorKind::invalid_parameter,
                    "detector \"" + rule.name + "\" returned an invalid flag name",
                    "It returned \"" + text.substr(0, 200) + "\".",
                    "A flag begins with a letter and has at most 63 small letters, digits and "
                    "underscores; NULL is no flag.");
    }
    return text;
}

// Their numbers within the detection stand for break_id.
PendingRows rows_of_breaks(const Detection& detection, const KeySpool& spool, const RunPlan& plan) {
    const MemoryContext per_row = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon break", ALLOCSET_DEFAULT_SIZES);
    });
    const auto columns = verdict_columns(VerdictPlace::rules);
    PendingRows rows(shape_of(columns));
    VerdictValues values(detection, plan);
    RowBuffer row(columns.size());
    for (std::size_t at = 0; at < detection.breaks.size(); ++at) {
        const ContextScope scope(per_row);
        const auto& judged = detection.breaks[at];
        const VerdictSource verdict{values, judged, spool.key(judged.key),
                                    static_cast<std::int64_t>(at)};
        for (std::size_t i = 0; i < columns.size(); ++i)
            row.set(i, columns[i].make(verdict));
        rows.add(row.values(), row.nulls());
        guarded([=] { MemoryContextReset(per_row); });
    }
    return rows;
}

} // namespace

void ask_own_rules(Detection& detection, const KeySpool& spool, const RunPlan& plan) {
    const bool is_asked = std::any_of(plan.own_detectors.begin(), plan.own_detectors.end(),
                                      [](const OwnDetector& detector) { return detector.is_rule; });
    if (!is_asked || detection.breaks.empty()) return;
    auto rows = rows_of_breaks(detection, spool, plan);
    std::vector<std::vector<std::string>> flags(detection.breaks.size());
    for (const auto& rule : plan.own_detectors) {
        if (!rule.is_rule) continue;
        ask_about({rows, "own_break", "break_id", "pg_catalog.to_jsonb(t) - 'break_id'"}, rule,
                  plan.reader, [&](std::size_t at, Datum answer) {
                      if (auto flag = flag_of(rule, answer)) flags[at].push_back(*flag);
                  });
    }
    rows.end();
    for (std::size_t at = 0; at < flags.size(); ++at) {
        if (flags[at].empty()) continue;
        detection.breaks[at].own_flags = OptionalIndex::next_of(detection.own_flags);
        detection.own_flags.push_back(std::move(flags[at]));
    }
}

} // namespace recon::run
