// What the densities of Student and Laplace noises need of the prior and of the number of rows:
// worked out once for all keys, since logarithms of the gamma function are dear.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/forecast/noise_lanes.hpp"
#include "core/detection/forecast/prior.hpp"

namespace recon::forecast {

// The longest memory, of levels and of noises: older rows fade.
inline constexpr std::size_t longest_memory = 512;

// ln of the constant of a Student density whose kernel is (1 + r^2/B)^-(df+1)/2 / sqrt(B).
[[nodiscard]] double student_constant(double df);

// Of a key with n rows. A Student noise has sum of squares S: its B is (S + prior) (1 + kappa),
// where prior is df_0 s_0^2, less where the key's own noise is much smaller. A Laplace noise of
// unknown scale has the density a / 2b (1 + |e|/b)^-(a+1).
struct NoiseConstants {
    LaneConstants lanes;
    Locations widening{}, ln_widening{}; // 1 + kappa and its logarithm, of all but `drift`
};

// Constants of the Student densities of other things that were seen n times: sizes of breaks, their
// logarithms, changes, distances from one of two levels.
struct CountConstants {
    double size, ln_size, change, level;
};
inline constexpr double ln_size_df = 12; // that the population's spread of ln sizes is worth
inline constexpr double change_df = 0.3; // beside the population's
inline constexpr double level_df = 2;

class NoiseTable {
  public:
    explicit NoiseTable(const Prior& prior);

    [[nodiscard]] const NoiseConstants& of(std::size_t rows) const noexcept {
        return rows_[rows < longest_memory ? rows : longest_memory];
    }
    [[nodiscard]] const CountConstants& count(std::size_t n) const noexcept {
        return counts_[n < longest_memory ? n : longest_memory];
    }
    // What the prior adds to a noise's sum; and the share of the sum that a row leaves of it.
    [[nodiscard]] const Lanes& prior_sum() const noexcept { return prior_sum_; }
    [[nodiscard]] const Lanes& keep(std::size_t rows) const noexcept {
        return rows < longest_memory ? keep_ : keep_of_many_;
    }
    [[nodiscard]] const Prior& prior() const noexcept { return prior_; }

  private:
    [[nodiscard]] NoiseConstants constants(std::size_t rows) const;
    void set_student(std::size_t rows, LaneConstants& constants) const;
    void set_laplace(std::size_t rows, LaneConstants& constants) const;

    Prior prior_;
    Locations df_{}, laplace_df_{};
    Lanes prior_sum_{}, keep_{}, keep_of_many_{};
    std::vector<NoiseConstants> rows_;
    std::vector<CountConstants> counts_;
};

} // namespace recon::forecast
