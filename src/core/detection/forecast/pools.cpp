#include "core/detection/forecast/pools.hpp"

#include <algorithm>
#include <cmath>

#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr std::uint64_t least_past = 6;
constexpr std::size_t least_keys = 10;
constexpr std::uint32_t least_moved = 5;
constexpr double least_share = 0.3;
constexpr double ln_small = -4.60517018598809136; // .01
constexpr double keys_react_alike = 100;          // a pool's movement differs by a tenth of it
constexpr double rare_silence = 0.02;
constexpr std::uint32_t keys_of_pool = 5;
constexpr std::uint32_t keys_of_new_pool = 10;

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Takes the rows of one pool.
void find_move(std::span<PoolRow*> rows, std::vector<PoolMove>& moves) {
    std::vector<double> deviations;
    std::uint32_t above = 0, below = 0;
    for (const PoolRow* row : rows) {
        if (row->past < least_past || std::isnan(row->ln_p)) continue;
        deviations.push_back(row->deviations);
        if (!(row->ln_p < ln_small)) continue;
        (row->deviations > 0 ? above : below) += 1;
    }
    const std::uint32_t moved = std::max(above, below);
    const auto keys = static_cast<double>(deviations.size());
    if (deviations.size() < least_keys || moved < least_moved || moved < least_share * keys) return;
    const double middle = median(deviations);
    moves.push_back(
        {rows.front()->pool, static_cast<std::uint32_t>(deviations.size()), moved, middle});
    for (PoolRow* row : rows) {
        if (std::isnan(row->ln_p)) continue;
        const double df = std::max(row->df, 1.0);
        const double wider = 1 + middle * middle / (2 * df) + middle * middle / keys_react_alike;
        const double rest = (row->deviations - middle) / std::sqrt(wider);
        row->ln_p = std::max(row->ln_p, evidence::ln_student_two_sided(rest, df));
    }
}

} // namespace

std::vector<PoolMove> find_moves(std::span<PoolRow> rows) {
    std::vector<PoolRow*> by_pool;
    by_pool.reserve(rows.size());
    for (PoolRow& row : rows)
        by_pool.push_back(&row);
    std::stable_sort(by_pool.begin(), by_pool.end(),
                     [](const PoolRow* a, const PoolRow* b) { return a->pool < b->pool; });
    std::vector<PoolMove> moves;
    for (std::size_t begin = 0; begin < by_pool.size();) {
        std::size_t end = begin + 1;
        while (end < by_pool.size() && by_pool[end]->pool == by_pool[begin]->pool)
            ++end;
        find_move(std::span(by_pool).subspan(begin, end - begin), moves);
        begin = end;
    }
    return moves;
}

PoolChange change_of(const PoolPresence& p) noexcept {
    if (p.dates_with_rows == 0) {
        return p.keys_now >= keys_of_new_pool && p.new_keys_now == p.keys_now ? PoolChange::fresh
                                                                              : PoolChange::none;
    }
    if (p.keys_now > 0 || p.keys_before < keys_of_pool) return PoolChange::none;
    const double silences = p.dates > p.dates_with_rows ? p.dates - p.dates_with_rows : 0;
    return (silences + 0.5) / (p.dates + 1.0) <= rare_silence ? PoolChange::silent
                                                              : PoolChange::none;
}

} // namespace recon::forecast
