// Three forecasters of their own kind: a balance that is cleared at the start of a month, one that
// moves more on some weekdays, and one that goes back and forth between two levels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/noise_table.hpp"

namespace recon::forecast {

// A Student forecast: kernel (1 + r^2/sum)^-(df+1)/2. Left as it is where it is not asked for.
struct StudentForecast {
    double location, df, sum, constant;

    [[nodiscard]] double score(double x) const noexcept;
    [[nodiscard]] double ln_p(double x) const;
    [[nodiscard]] double deviations(double x) const noexcept;
    [[nodiscard]] bool is_ordinary(double x) const noexcept {
        const double r = x - location;
        return r * r * df < 3.84 * sum;
    }
};

class MonthlyReset {
  public:
    // `starts` a month: the first row of one.
    [[nodiscard]] StudentForecast forecast(const NoiseTable& table, double tick, bool starts,
                                           bool has_last, double last) const;
    void learn(const StudentForecast& forecast, double x, bool starts, bool has_last, double last);
    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    double start_rows_ = 0, starts_ = 0; // rows that start a month, and their sum
    double change_rows_ = 0, changes_ = 0, change_squares_ = 0;
};

class WeekdayNoise {
  public:
    [[nodiscard]] StudentForecast forecast(const NoiseTable& table, double tick,
                                           std::size_t weekday, bool has_last, double last) const;
    void learn(const StudentForecast& forecast, double x, std::size_t weekday, double last);
    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    std::array<double, 5> rows_{}, squares_{};
};

// Both levels' forecasts, and how likely each is next.
struct TwoLevelsForecast {
    bool is_known = false; // a second level has been seen
    bool is_begun = false; // noise and a first level are known
    std::array<double, 2> probability{1, 0};
    std::array<StudentForecast, 2> level{};

    [[nodiscard]] double score(double x) const;
    [[nodiscard]] double ln_p(double x) const;
    // Is p of x certainly above .05? It is above .1 by a level that is more likely than not.
    [[nodiscard]] bool is_ordinary(double x) const noexcept {
        const StudentForecast& next = likely();
        const double r = x - next.location;
        return r * r * next.df < 2.7 * next.sum;
    }
    [[nodiscard]] const StudentForecast& likely() const noexcept {
        return level[probability[0] >= probability[1] ? 0 : 1];
    }
};

class TwoLevels {
  public:
    [[nodiscard]] bool is_known() const noexcept { return count_[1] > 0; }
    [[nodiscard]] TwoLevelsForecast forecast(const NoiseTable& table, double tick) const;
    void learn(double x, bool has_last, double last, double tick);
    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    static constexpr std::size_t first_rows = 4;
    static constexpr std::size_t bins = 48;

    [[nodiscard]] double noise(double tick) const;
    void add_change(double change);
    void find_median() noexcept;
    void sort_in(double x, double tick);

    std::array<double, first_rows> first_{}; // before the noise is known
    std::uint64_t rows_ = 0;
    // Changes by size, in half octaves about the first one.
    std::array<std::uint16_t, bins> changes_{};
    double unit_ = 0;   // the first change that was none
    double median_ = 0; // of their sizes
    // Where the median was found: its bin, and how many changes lie in those below.
    std::uint32_t below_ = 0, changes_seen_ = 0;
    std::uint8_t bin_ = 0;
    std::uint8_t at_ = 0;
    std::array<double, 2> count_{}, sum_{};
    double squares_ = 0;
    double sorted_ = 0, switches_ = 0, stays_ = 0;
};

} // namespace recon::forecast
