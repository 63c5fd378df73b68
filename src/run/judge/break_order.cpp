#include "run/judge/break_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "run/judge/run_rules.hpp"

namespace recon::run {

void mark_large_amounts(std::vector<JudgedBreak>& found, const KeySpool& spool,
                        const breaks::Rules& rules) {
    if (!rules.is_on(breaks::Rule::amount_threshold)) return;
    std::vector<double> limits(spool.size(), std::numeric_limits<double>::quiet_NaN());
    for (auto& judged : found) {
        double& limit = limits[judged.key];
        if (std::isnan(limit)) limit = amount_limit(rules, spool.key(judged.key));
        mark_if_large(judged, limit);
    }
}

// Findings are large, so what is sorted is their order.
void sort_breaks(std::vector<JudgedBreak>& found, const KeySpool& spool) {
    // Date, rank of the key, occurrence; position.
    using Place = std::tuple<std::int32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
    const auto rank = spool.ranks();
    std::vector<Place> places;
    places.reserve(found.size());
    for (const auto& judged : found) {
        places.emplace_back(judged.finding.date, rank[judged.key], judged.finding.occurrence,
                            static_cast<std::uint32_t>(places.size()));
    }
    std::sort(places.begin(), places.end());
    // Around each cycle of breaks that take each other's places.
    for (std::uint32_t start = 0; start < places.size(); ++start) {
        if (std::get<3>(places[start]) == start) continue;
        const JudgedBreak first = found[start];
        std::uint32_t at = start;
        for (auto from = std::get<3>(places[at]); from != start; from = std::get<3>(places[at])) {
            found[at] = found[from];
            std::get<3>(places[at]) = at;
            at = from;
        }
        found[at] = first;
        std::get<3>(places[at]) = at;
    }
}

} // namespace recon::run
