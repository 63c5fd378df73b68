// Judging gives the same bits on processors with and without vector instructions.
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "detection/panel.hpp"
#include "with_all_vectors.hpp"

namespace recon::breaks::test {
namespace {

std::vector<std::uint64_t> bits_of(const std::vector<PanelVerdict>& verdicts) {
    std::vector<std::uint64_t> bits;
    for (const PanelVerdict& verdict : verdicts) {
        const Finding& finding = verdict.finding;
        for (const double figure :
             {finding.observed, finding.expected, finding.lower, finding.upper, finding.ln_p,
              finding.level, finding.scale, finding.slope, finding.previous, verdict.q}) {
            bits.push_back(std::bit_cast<std::uint64_t>(figure));
        }
        for (std::size_t d = 0; d < detector_count; ++d)
            bits.push_back(std::bit_cast<std::uint32_t>(finding.detector_ln_p[d]));
        bits.push_back(verdict.anomaly ? 1 : 0);
    }
    return bits;
}

TEST(SameBits, WithAllVectorInstructions) {
    for (const bool heavy : {false, true}) {
        PanelOptions options;
        options.heavy = heavy;
        options.target_rows = 400;
        options.target_dates = 5;
        const Panel panel = make_panel(options);
        recon::test::expect_the_same_with_all_vectors([&] { return bits_of(judge_panel(panel)); });
    }
}

} // namespace
} // namespace recon::breaks::test
