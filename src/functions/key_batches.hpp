// The keys of a spool worked on by several threads. The server's thread reads the spool, a batch of
// keys at a time; then all threads work on the batch; then the server's thread takes the results.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "core/thread_team.hpp"
#include "functions/key_spool.hpp"

namespace recon::functions {

// For every key that is wanted and has dated rows, calls work(position, SeriesValue) -> Result on
// any thread, and take(position, Result) on this one in order of arrival. Before a batch is worked
// on, prepare(positions) is called on this one.
template <typename Result, typename Wanted, typename Work, typename Take, typename Prepare>
void for_each_in_threads(KeySpool& spool, ThreadTeam& team, Wanted&& is_wanted, Work&& work,
                         Take&& take, Prepare&& prepare) {
    // Much more than a thread's start is worth, and a fraction of work_mem.
    constexpr std::size_t batch_bytes = std::size_t{8} << 20;
    constexpr std::size_t batch_keys = 4096;
    struct Piece {
        std::size_t begin;
        std::size_t end;
    };
    std::vector<std::size_t> positions;
    std::vector<Piece> pieces; // of bytes, for each position
    std::vector<std::byte> bytes;
    std::vector<Result> results;
    const auto work_on_batch = [&] {
        results.clear();
        results.resize(pieces.size());
        prepare(std::span<const std::size_t>(positions));
        team.run(pieces.size(), [&](std::size_t i) {
            const Piece& piece = pieces[i];
            const auto own =
                std::span<const std::byte>(bytes).subspan(piece.begin, piece.end - piece.begin);
            results[i] = work(positions[i], SeriesValue::deserialize(own));
        });
        for (std::size_t i = 0; i < pieces.size(); ++i)
            take(positions[i], std::move(results[i]));
        positions.clear();
        pieces.clear();
        bytes.clear();
    };
    spool.for_each_bytes([&](std::size_t at, std::span<const std::byte> series) {
        if (!is_wanted(at)) return;
        const auto begin = bytes.size();
        bytes.insert(bytes.end(), series.begin(), series.end());
        positions.push_back(at);
        pieces.push_back({begin, bytes.size()});
        const bool is_full = bytes.size() >= batch_bytes && pieces.size() >= team.size();
        if (is_full || pieces.size() == batch_keys) work_on_batch();
    });
    if (!pieces.empty()) work_on_batch();
}

template <typename Result, typename Wanted, typename Work, typename Take>
void for_each_in_threads(KeySpool& spool, ThreadTeam& team, Wanted&& is_wanted, Work&& work,
                         Take&& take) {
    for_each_in_threads<Result>(spool, team, is_wanted, work, take,
                                [](std::span<const std::size_t>) {});
}

} // namespace recon::functions
