// Deterministic randomness: the same seed gives the same numbers on every platform and library,
// which the distributions of <random> do not promise. The generator is splitmix64 (Steele, Lea,
// Flood 2014), also used as a hash finalizer.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/base/firewall.hpp"

namespace recon {

[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

class Random {
  public:
    explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

    constexpr std::uint64_t next() noexcept { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }

    // Uniform in [0, 1).
    constexpr double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

    // Uniform in {0 .. bound - 1}; bound > 0. Lemire's multiplication, bias below 2^-64 * bound.
    constexpr std::uint64_t below(std::uint64_t bound) noexcept {
        return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
    }

    // Standard normal by Box-Muller; one of the pair is thrown away so that no state is hidden.
    double normal() noexcept {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

  private:
    std::uint64_t state_;
};

} // namespace recon
