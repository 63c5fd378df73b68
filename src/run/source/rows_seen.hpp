// What one cheap scan counts of the rows that stored baselines were made from, to tell whether any
// of them has changed: by the transactions that wrote them (recon.known_rows), or by what they hold
// (recon.rows_digest). Both aggregates give their numbers as a bigint[], which a run reads back.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/detection/history/rows_digest.hpp"

namespace recon::run {

struct RowsByWriter {
    std::uint64_t through = 0; // rows dated up to the date asked for
    std::uint64_t written = 0; // of these, by no transaction before the horizon
    std::uint64_t after = 0;   // rows dated later
    std::uint64_t undated = 0; // rows without a finite date
    // Blocks of the table that hold the later rows: from .. to, to not included.
    std::uint64_t from_block = std::numeric_limits<std::uint32_t>::max();
    std::uint64_t to_block = 0;

    static constexpr const char* name = "recon.known_rows";
    // In one order for bytes and arrays.
    using Numbers = std::array<std::uint64_t, 6>;
    [[nodiscard]] Numbers numbers() const noexcept {
        return {through, written, after, undated, from_block, to_block};
    }
    [[nodiscard]] static RowsByWriter of(const Numbers& numbers) noexcept {
        const auto& [through, written, after, undated, from_block, to_block] = numbers;
        return {through, written, after, undated, from_block, to_block};
    }

    void add(const RowsByWriter& other) noexcept {
        through += other.through;
        written += other.written;
        after += other.after;
        undated += other.undated;
        from_block = std::min(from_block, other.from_block);
        to_block = std::max(to_block, other.to_block);
    }
};

struct RowsByContent {
    breaks::RowsDigest digest; // of those dated up to the date asked for
    std::uint64_t through = 0; // rows dated up to it
    std::uint64_t after = 0;   // rows dated later
    std::uint64_t undated = 0; // rows without a finite date

    static constexpr const char* name = "recon.rows_digest";
    using Numbers = std::array<std::uint64_t, 5>;
    [[nodiscard]] Numbers numbers() const noexcept {
        return {digest.sums()[0], digest.sums()[1], through, after, undated};
    }
    [[nodiscard]] static RowsByContent of(const Numbers& numbers) noexcept {
        const auto& [low, high, through, after, undated] = numbers;
        return {breaks::RowsDigest({low, high}), through, after, undated};
    }

    void add(const RowsByContent& other) {
        digest.add(other.digest);
        through += other.through;
        after += other.after;
        undated += other.undated;
    }
};

// Of the array that the aggregate gave.
template <typename Seen>
[[nodiscard]] Seen read_seen(std::span<const std::int64_t> array) {
    typename Seen::Numbers numbers{};
    if (array.size() != numbers.size()) {
        throw Error(ErrorKind::internal, std::string(Seen::name) + " gave another list of numbers",
                    "It has " + std::to_string(array.size()) + " numbers, not " +
                        std::to_string(numbers.size()) + ".");
    }
    std::copy(array.begin(), array.end(), numbers.begin());
    return Seen::of(numbers);
}

template <typename Seen>
void write_seen(ByteWriter& writer, const Seen& seen) {
    for (const auto number : seen.numbers())
        writer.put(number);
}
template <typename Seen>
[[nodiscard]] Seen read_seen(ByteReader& reader) {
    typename Seen::Numbers numbers{};
    for (auto& number : numbers)
        number = reader.get<std::uint64_t>();
    return Seen::of(numbers);
}

} // namespace recon::run
