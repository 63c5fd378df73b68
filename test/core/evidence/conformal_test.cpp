#include "core/evidence/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"
#include "evidence/q_values.hpp"

namespace recon::evidence {
namespace {

double heavy(Random& random) { // |t3|
    const double z = random.normal();
    const double chi = z * z - 2 * std::log(1 - random.uniform());
    return std::fabs(random.normal()) / std::sqrt(chi / 3);
}

TEST(Conformal, RanksByTheFormula) {
    const ConformalReference reference({5, 1, 3, 3, 9});
    EXPECT_DOUBLE_EQ(std::exp(reference.ln_p(10)), 1.0 / 6);
    EXPECT_DOUBLE_EQ(std::exp(reference.ln_p(9)), 2.0 / 6);
    EXPECT_DOUBLE_EQ(std::exp(reference.ln_p(3)), 5.0 / 6);
    EXPECT_DOUBLE_EQ(std::exp(reference.ln_p(0)), 1);
    EXPECT_FALSE(reference.has_tail());
}

TEST(Conformal, EdgeCases) {
    const ConformalReference empty(std::vector<double>{std::nan("")});
    EXPECT_EQ(empty.size(), 0U);
    EXPECT_TRUE(std::isnan(empty.ln_p(1)));
    const ConformalReference constant(std::vector<double>(500, 0.5));
    EXPECT_FALSE(constant.has_tail());
    EXPECT_EQ(constant.removed(), 0U);
    EXPECT_EQ(constant.ln_p(0.5), 0);
    EXPECT_DOUBLE_EQ(std::exp(constant.ln_p(0.6)), 1.0 / 501);
    EXPECT_TRUE(std::isnan(constant.ln_p(std::nan(""))));
    std::vector<double> with_infinity(500, 0.5);
    with_infinity.back() = std::numeric_limits<double>::infinity();
    EXPECT_DOUBLE_EQ(std::exp(ConformalReference(with_infinity).ln_p(1e300)), 2.0 / 501);
}

TEST(Conformal, FallsThroughTheWholeRange) {
    Random random(71);
    std::vector<double> scores(1000);
    for (auto& score : scores)
        score = heavy(random);
    const ConformalReference reference(scores);
    ASSERT_TRUE(reference.has_tail());
    EXPECT_GE(reference.tail().shape, 0);
    double before = 0;
    for (double s = 0; s < 1000; s += 0.01) {
        const double value = reference.ln_p(s);
        EXPECT_LE(value, before);
        before = value;
    }
    EXPECT_LT(before, std::log(1e-5));
}

TEST(Conformal, TailIsCalibrated) {
    // Share of fresh scores beyond the point whose p is 1e-3, for an exponential tail (exact by
    // design), a normal (safe side) and t3 (tolerably optimistic with so few scores in the tail).
    Random random(72);
    const auto draw = [&](int kind) {
        if (kind == 0) return -std::log(1 - random.uniform());
        return kind == 1 ? std::fabs(random.normal()) : heavy(random);
    };
    for (const int kind : {0, 1, 2}) {
        int beyond = 0;
        constexpr int references = 100;
        constexpr int targets = 2000;
        for (int r = 0; r < references; ++r) {
            std::vector<double> scores(2000);
            for (auto& score : scores)
                score = draw(kind);
            const ConformalReference reference(scores);
            EXPECT_EQ(reference.removed(), 0U);
            for (int i = 0; i < targets; ++i)
                beyond += reference.ln_p(draw(kind)) <= std::log(1e-3);
        }
        EXPECT_LT(beyond / double{references * targets}, 1.3e-3) << kind;
        EXPECT_GT(beyond / double{references * targets}, .5e-3) << kind;
    }
}

double power_at_5_percent(double contamination, bool cluster, double& false_share) {
    Random random(73);
    double found = 0;
    double wrong = 0;
    constexpr int rounds = 20;
    for (int round = 0; round < rounds; ++round) {
        const auto anomaly = [&] { return 6.5 + (cluster ? 2 * random.uniform() : 0.0); };
        std::vector<double> scores(2000);
        for (std::size_t i = 0; i < scores.size(); ++i)
            scores[i] = static_cast<double>(i) < contamination * 2000 ? anomaly()
                                                                      : std::fabs(random.normal());
        const ConformalReference reference(scores);
        std::vector<double> ln_p(2000);
        for (std::size_t i = 0; i < ln_p.size(); ++i)
            ln_p[i] = reference.ln_p(i < 20 ? anomaly() : std::fabs(random.normal()));
        const auto ln_q = ln_q_values(ln_p);
        for (std::size_t i = 0; i < ln_q.size(); ++i)
            (i < 20 ? found : wrong) += ln_q[i] <= std::log(.05);
    }
    false_share = wrong / std::max(found + wrong, 1.0);
    return found / (20 * rounds);
}

TEST(Conformal, ContaminatedReferenceKeepsItsPower) {
    double false_share = 0;
    EXPECT_GT(power_at_5_percent(0, true, false_share), .95);
    EXPECT_LT(false_share, .08);
    EXPECT_GT(power_at_5_percent(.01, true, false_share), .95);
    EXPECT_LT(false_share, .08);
    EXPECT_GT(power_at_5_percent(.02, true, false_share), .95);
    EXPECT_LT(false_share, .08);
}

TEST(Conformal, CoarseScoresAreNotTakenForClusters) {
    Random random(74);
    std::vector<double> scores(5000);
    for (auto& score : scores)
        score = std::floor(-2 * std::log(1 - random.uniform()));
    const ConformalReference reference(scores);
    EXPECT_EQ(reference.removed(), 0U);
    EXPECT_EQ(reference.size(), 5000U);
}

TEST(Conformal, SurvivesSerializationAndRefusesDisorder) {
    Random random(75);
    std::vector<double> scores(300);
    for (auto& score : scores)
        score = random.normal();
    const ConformalReference reference(scores);
    ByteWriter writer;
    reference.serialize(writer);
    ByteReader reader(writer.bytes(), "reference");
    const auto copy = ConformalReference::deserialize(reader);
    reader.expect_end();
    for (const double s : {-1.0, 0.5, 2.0, 3.0, 30.0})
        EXPECT_EQ(copy.ln_p(s), reference.ln_p(s));
    ByteWriter disorder;
    disorder.put(std::uint8_t{1});
    disorder.put(std::uint64_t{0});
    const std::vector<double> falling{3, 2};
    disorder.put_array(std::span<const double>(falling));
    ByteReader broken(disorder.bytes(), "reference");
    EXPECT_THROW((void)ConformalReference::deserialize(broken), Error);
    for (std::size_t cut = 0; cut < writer.bytes().size(); cut += 100) {
        ByteReader partial(std::span(writer.bytes()).first(cut), "reference");
        EXPECT_THROW((void)ConformalReference::deserialize(partial), Error);
    }
}

} // namespace
} // namespace recon::evidence
