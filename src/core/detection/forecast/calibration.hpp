// What the forecasters' probabilities are worth: how often the rows of the past were as improbable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/key_forecast.hpp"

namespace recon::forecast {

// A past row's -log10 p, and what is needed to compare it with a new one.
struct PastScore {
    float score = 0;         // 0 where it was ordinary
    std::uint8_t length = 0; // of the history before it
    std::uint8_t family = 0;
    bool is_match = false;
    bool is_recent = false; // one of the last of its key
    std::uint64_t places = 0;
};

// Share of scores at least as large: as counted up to a limit, beyond it exponential in the score,
// that is, a power of p; and no less than half of what was counted there: rows of the past that
// were as improbable are taken to have been anomalies themselves no oftener than every other time.
class ScoreTail {
  public:
    ScoreTail() = default;
    // The scores that are not ordinary, of so many rows, of which so many are no matches.
    ScoreTail(std::vector<float> scores, std::size_t rows, std::size_t fresh);

    [[nodiscard]] double rows() const noexcept { return rows_; }
    [[nodiscard]] double at(double score) const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    static constexpr std::size_t bins = 24;     // of .1, from the first score that is not ordinary
    static constexpr std::size_t far_bins = 16; // of 1, from 2 on
    double rows_ = 0, limit_ = 0, top_ = 0, slope_ = 0;
    std::array<float, bins> bulk_{};    // share of scores at or above the bin's lower end
    std::array<float, far_bins> far_{}; // certain share of these
};

class Calibration {
  public:
    static constexpr std::size_t length_count = 7;
    static constexpr std::array<std::uint64_t, length_count> lengths = {0, 1, 3, 6, 10, 20, 60};
    [[nodiscard]] static std::size_t length_of(std::uint64_t past) noexcept;
    // Scores below this are ordinary.
    static constexpr double ordinary = 1.3;

    // `seen` gives how many rows of each place came before, of a row by its index.
    struct Input {
        std::span<const PastScore> rows;
        // For places in which scores are larger than elsewhere: occurrences before each row.
        std::span<const std::array<std::uint8_t, place_count>> seen;
    };
    void fit(const Input& input);

    // P of a row like that, where `seen` rows of each place came before it.
    [[nodiscard]] double ln_p(const Judged& judged, const DatePlaces& places,
                              const KeyForecast& key) const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    struct Strata {
        ScoreTail all;
        std::array<ScoreTail, length_count> by_length;
        std::array<std::array<ScoreTail, family_count>, length_count> by_family;
        [[nodiscard]] double at(double score, std::size_t length, std::size_t family) const;
    };
    static constexpr std::size_t seen_count = 4; // 0, 1, 2, 3 and more
    struct LoudPlace {
        std::uint8_t place = 0;
        std::array<ScoreTail, seen_count> by_seen;
    };
    [[nodiscard]] static Strata strata(const Input& input, std::uint64_t without, bool recent);
    void find_loud_places(const Input& input);

    Strata past_, recent_;
    std::vector<LoudPlace> loud_;
};

} // namespace recon::forecast
