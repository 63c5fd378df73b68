// What the baseline detector makes of one measure of a row: its p-value, what it was compared with,
// and what explains it. From it a finding is described (description.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/base/firewall.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/judging/yardstick.hpp"

namespace recon::breaks {

// Outside the band that holds 95%, a row is no longer in line.
inline constexpr double ln_in_line = -2.995732273553991; // ln .05

inline constexpr double normal_band = 1.959963984540054; // two-sided .05

// Rows over which openings of breaks are counted.
inline constexpr std::uint32_t rate_rows = 10;

enum class Explanation : std::uint8_t {
    nothing,    // no past, and no peers
    peers,      // first row of a key
    first_rows, // one or two past rows
    level,
    trend,
    season,
    peers_season, // may have a season that some of its peers have
    episodes,     // as large as the key's closed episodes
    ongoing,      // part of an item that is known
    reversal,     // takes the last movement back
    resolved,     // back to zero
};

// What holds 95% of what is normal. Where `width` says so it lies around what is in it, and its
// width is worked out when it is reported.
struct Band {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    double lower = unknown;
    double upper = unknown;
    Verdict width{0};

    static Band around(double center, double half) { return {center - half, center + half}; }
    static Band around(double center, const Verdict& width) { return {center, center, width}; }
    [[nodiscard]] Band worked_out() const {
        const double half = width.half_band();
        return {lower - half, upper + half};
    }
};

// One measure's baseline verdict.
struct Candidate {
    double ln_p = Band::unknown;
    double in_line_ln_p = Band::unknown; // of the size alone, where how often it occurs counts too
    double expected = Band::unknown;
    Band band;
    double noise = Band::unknown; // standard deviation of the noise that was used
    Explanation how = Explanation::nothing;
    Basis basis = Basis::none;
    std::uint16_t flags = 0;
    bool moving = false; // in several steps, from the baseline it is judged by
    std::uint32_t n = 0;
    std::size_t measure = 0;
};

} // namespace recon::breaks
