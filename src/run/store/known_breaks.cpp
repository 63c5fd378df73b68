#include "run/store/known_breaks.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/base/random.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "run/result/verdict_values.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "commands/sequence.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

struct Identity {
    std::uint64_t key_hash;
    std::int32_t date;
    std::int32_t occurrence;
    bool operator==(const Identity&) const = default;
};

struct IdentityHash {
    std::size_t operator()(const Identity& identity) const noexcept {
        const auto day = static_cast<std::uint64_t>(static_cast<std::uint32_t>(identity.date));
        return mix64(identity.key_hash ^
                     mix64((day << 32) ^ static_cast<std::uint32_t>(identity.occurrence)));
    }
};

std::string joined(const std::vector<std::string>& flags) {
    std::string all;
    for (const auto& flag : flags)
        all.append(all.empty() ? "" : ",").append(flag);
    return all;
}

// The stored breaks of some dates: rows of a query that is open as long as they are looked at.
class StoredBreaks {
  public:
    explicit StoredBreaks(const Query& query)
        : query_(query), break_id_(query.column("break_id")), key_hash_(query.column("key_hash")),
          break_date_(query.column("break_date")), occurrence_(query.column("occurrence")),
          is_open_(query.column("is_open")), is_anomaly_(query.column("is_anomaly")),
          pattern_(query.column("pattern")), observed_(query.column("observed")),
          score_(query.column("score")), q_value_(query.column("q_value")),
          flags_(query.column("flags")), severity_(query.column("severity")),
          opened_on_(query.column("opened_on")) {}

    static constexpr const char* columns =
        "break_id, key_hash, break_date, occurrence, is_open, is_anomaly, pattern, "
        "observed, score, q_value, array_to_string(flags, ',') AS flags, "
        "severity, opened_on";

    [[nodiscard]] Identity identity(std::uint64_t row) const {
        return {DatumGetUInt64(query_.value(row, key_hash_)),
                DatumGetDateADT(query_.value(row, break_date_)),
                DatumGetInt32(query_.value(row, occurrence_))};
    }
    [[nodiscard]] std::int64_t id(std::uint64_t row) const {
        return DatumGetInt64(query_.value(row, break_id_));
    }
    [[nodiscard]] bool is_open(std::uint64_t row) const {
        return DatumGetBool(query_.value(row, is_open_));
    }

    // Does the row say what the run says of the break?
    [[nodiscard]] bool is_same(std::uint64_t row, const JudgedBreak& judged,
                               const Detection& detection, std::string_view currency) const {
        const auto& finding = judged.finding;
        return is_open(row) &&
               DatumGetBool(query_.value(row, is_anomaly_)) == detection.is_anomaly(judged) &&
               query_.text(row, pattern_) == breaks::name(finding.pattern) &&
               is_amount(row, observed_, finding.observed) &&
               is_number(row, score_, 0.0 + -finding.ln_p / std::numbers::ln10) &&
               is_number(row, q_value_, detection.q_value(finding)) &&
               query_.text(row, flags_) == joined(flags_of(judged, detection)) &&
               // The other anomalies of the run make it, too.
               query_.text(row, severity_) == breaks::name(detection.severity(judged, currency)) &&
               !query_.is_null(row, opened_on_) &&
               DatumGetDateADT(query_.value(row, opened_on_)) == judged.opened_on;
    }

  private:
    [[nodiscard]] bool is_number(std::uint64_t row, Column column, double value) const {
        if (query_.is_null(row, column)) return std::isnan(value);
        return DatumGetFloat8(query_.value(row, column)) == value;
    }

    // Of a numeric. In a series NaN means that a value is missing: an amount that is NaN is
    // infinite.
    [[nodiscard]] bool is_amount(std::uint64_t row, Column column, double value) const {
        if (query_.is_null(row, column)) return std::isnan(value);
        const double stored = double_of_numeric(query_.value(row, column));
        if (std::isnan(stored)) return value == std::numeric_limits<double>::infinity();
        return stored == value;
    }

    const Query& query_;
    Column break_id_, key_hash_, break_date_, occurrence_, is_open_, is_anomaly_, pattern_,
        observed_, score_, q_value_, flags_, severity_, opened_on_;
};

// Of the dates of late rows other keys' breaks are not judged again, nor missed.
using LatePlaces = std::unordered_set<Identity, IdentityHash>;
LatePlaces late_places(const KeySpool& spool, const Detection& detection) {
    LatePlaces places;
    for (const auto& [key, dates] : detection.late.dates_of_keys()) {
        for (const auto& there : dates)
            places.insert({spool.key(key).hash, there.date, 0});
    }
    return places;
}

void read_stored_breaks(Query& query, const RunPlan& plan, const Detection& detection) {
    const auto& window = detection.window;
    const bool has_late = !detection.late.empty();
    const Parameter parameters[] = {
        int4_parameter(*plan.reconciliation_id),
        date_parameter(window ? std::optional(window->from) : std::nullopt),
        date_parameter(window ? std::optional(window->to) : std::nullopt),
        {DATEARRAYOID, make_date_array(detection.late.dates())}};
    query.run(std::string("SELECT ") + StoredBreaks::columns +
                  " FROM recon.break WHERE reconciliation_id = $1 AND " +
                  (has_late ? "(break_date BETWEEN $2 AND $3 OR break_date = ANY ($4))"
                            : "break_date BETWEEN $2 AND $3"),
              std::span(parameters).first(has_late ? 4 : 3), true);
}

void number_fresh(KnownBreaks& known) {
    const Oid sequence = guarded(
        [] { return get_relname_relid("break_id_seq", get_namespace_oid("recon", false)); });
    for (std::size_t at = 0; at < known.ids.size(); ++at) {
        if (known.kinds[at] != ChangeKind::fresh) continue;
        known.ids[at] = guarded([=] { return nextval_internal(sequence, false); });
    }
}

} // namespace

// One hash table over the stored breaks of these dates: a lookup for every finding would cost more
// than the judging.
KnownBreaks match_known_breaks(const RunPlan& plan, const KeySpool& spool,
                               const Detection& detection) {
    const auto& found = detection.breaks;
    KnownBreaks known;
    known.ids.resize(found.size());
    known.kinds.assign(found.size(), ChangeKind::fresh);
    const auto& window = detection.window;
    const auto late = late_places(spool, detection);
    if (!window && late.empty()) return known;
    Query query;
    read_stored_breaks(query, plan, detection);
    const StoredBreaks stored(query);
    struct Row {
        std::uint64_t row = 0;
        bool is_seen = false;
    };
    std::unordered_map<Identity, Row, IdentityHash> rows;
    rows.reserve(query.rows());
    for (std::uint64_t row = 0; row < query.rows(); ++row) {
        const auto identity = stored.identity(row);
        const bool is_of_window =
            window && identity.date >= window->from && identity.date <= window->to;
        if (is_of_window || late.contains({identity.key_hash, identity.date, 0})) {
            rows.emplace(identity, Row{row});
        }
    }
    for (std::size_t at = 0; at < found.size(); ++at) {
        const auto& finding = found[at].finding;
        const auto& entry = spool.key(found[at].key);
        const auto match =
            rows.find({entry.hash, finding.date, static_cast<std::int32_t>(finding.occurrence)});
        if (match == rows.end()) continue;
        match->second.is_seen = true;
        const auto row = match->second.row;
        known.ids[at] = stored.id(row);
        const bool is_same = stored.is_same(row, found[at], detection, entry.currency);
        known.kinds[at] = is_same ? ChangeKind::unchanged : ChangeKind::changed;
    }
    for (const auto& [identity, row] : rows) {
        if (row.is_seen || !stored.is_open(row.row)) continue;
        known.missing.push_back(stored.id(row.row));
        known.missing_dates.insert(identity.date);
    }
    query.finish();
    number_fresh(known);
    return known;
}

} // namespace recon::run
