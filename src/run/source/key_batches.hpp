// The keys of a spool worked on by several threads. The server's thread reads the spool, a batch of
// keys at a time; then all threads work on the batch; then the server's thread takes the results.
#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "core/base/thread_team.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

inline constexpr auto nothing_to_prepare = [](std::span<const std::size_t>) {};

// For every key that is wanted and has dated rows, calls work(position, bytes of its SeriesValue)
// -> Result on any thread, and take(position, Result) on this one in order of arrival. Before a
// batch is worked on, prepare(positions) is called on this one.
template <typename Result, typename Wanted, typename Work, typename Take,
          typename Prepare = decltype(nothing_to_prepare)>
void for_each_bytes_in_threads(KeySpool& spool, ThreadTeam& team, Wanted&& is_wanted, Work&& work,
                               Take&& take, Prepare&& prepare = {}) {
    // Much more than a thread's start is worth, and a fraction of work_mem.
    constexpr std::size_t batch_bytes = std::size_t{8} << 20;
    constexpr std::size_t batch_keys = 4096;
    std::vector<std::size_t> positions;
    std::vector<std::span<const std::byte>> pieces; // of bytes, for each position
    std::vector<std::byte> copies;                  // of what does not last, room for a batch
    std::size_t held = 0;                           // bytes of the batch
    std::vector<Result> results;
    const auto work_on_batch = [&] {
        results.clear();
        results.resize(pieces.size());
        prepare(std::span<const std::size_t>(positions));
        team.run(pieces.size(), [&](std::size_t i) { results[i] = work(positions[i], pieces[i]); });
        for (std::size_t i = 0; i < pieces.size(); ++i)
            take(positions[i], std::move(results[i]));
        positions.clear();
        pieces.clear();
        copies.clear();
        held = 0;
    };
    spool.for_each_bytes([&](std::size_t at, std::span<const std::byte> series, bool lasting) {
        if (!is_wanted(at)) return;
        if (!lasting) {
            // What has been copied before must not move.
            if (series.size() > copies.capacity() - copies.size()) {
                if (!pieces.empty()) work_on_batch();
                copies.reserve(std::max(batch_bytes, series.size()));
            }
            const auto begin = copies.size();
            copies.insert(copies.end(), series.begin(), series.end());
            series = std::span<const std::byte>(copies).subspan(begin);
        }
        positions.push_back(at);
        pieces.push_back(series);
        held += series.size();
        const bool is_full = held >= batch_bytes && pieces.size() >= team.size();
        if (is_full || pieces.size() == batch_keys) work_on_batch();
    });
    if (!pieces.empty()) work_on_batch();
}

// The same with work(position, SeriesValue).
template <typename Result, typename Wanted, typename Work, typename Take,
          typename Prepare = decltype(nothing_to_prepare)>
void for_each_in_threads(KeySpool& spool, ThreadTeam& team, Wanted&& is_wanted, Work&& work,
                         Take&& take, Prepare&& prepare = {}) {
    for_each_bytes_in_threads<Result>(
        spool, team, is_wanted,
        [&](std::size_t at, std::span<const std::byte> bytes) {
            return work(at, spool.value_of(bytes));
        },
        take, prepare);
}

} // namespace recon::run
