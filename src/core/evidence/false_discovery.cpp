#include "core/evidence/false_discovery.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Sorts values <= 0 downwards, p = 1 first. The bits of -ln p order as the numbers do, so a radix
// sort by 11 bits applies: 6 passes, each a linear sweep, four times as fast as comparing at a
// million values.
void sort_downwards(std::vector<double>& values) {
    constexpr std::size_t worth_it = 2000;
    if (values.size() < worth_it) {
        std::sort(values.begin(), values.end(), [](double a, double b) { return a > b; });
        return;
    }
    constexpr int digit_bits = 11;
    constexpr int passes = 6;
    constexpr std::size_t digits = std::size_t{1} << digit_bits;
    const auto digit = [](double value, int pass) {
        return (std::bit_cast<std::uint64_t>(-value) >> (pass * digit_bits)) & (digits - 1);
    };
    std::vector<std::array<std::size_t, digits>> counts(passes);
    for (const double value : values) {
        for (int pass = 0; pass < passes; ++pass)
            ++counts[pass][digit(value, pass)];
    }
    std::vector<double> other(values.size());
    for (int pass = 0; pass < passes; ++pass) {
        poll_interrupt();
        auto& count = counts[pass];
        if (count[digit(values.front(), pass)] == values.size()) continue;
        std::size_t before = 0;
        for (auto& at : count) {
            const auto here = at;
            at = before;
            before += here;
        }
        for (const double value : values)
            other[count[digit(value, pass)]++] = value;
        values.swap(other);
    }
}

} // namespace

FalseDiscoveryCurve::FalseDiscoveryCurve(std::vector<double> ln_p) {
    std::erase_if(ln_p, [](double value) { return std::isnan(value); });
    tests_ = ln_p.size();
    build(std::move(ln_p));
}

FalseDiscoveryCurve::FalseDiscoveryCurve(std::vector<double> ln_p, std::uint64_t tests,
                                         double others_from) {
    std::erase_if(ln_p, [](double value) { return std::isnan(value); });
    if (ln_p.size() > tests) {
        throw Error(ErrorKind::invalid_parameter, "more p-values than tests",
                    std::to_string(ln_p.size()) + " p-values are listed for " +
                        std::to_string(tests) + " tests.");
    }
    for (const double value : ln_p) {
        if (value > others_from && others_from < 0) {
            throw Error(ErrorKind::invalid_parameter,
                        "a listed p-value exceeds the bound of those not listed");
        }
    }
    tests_ = tests;
    build(std::move(ln_p));
}

void FalseDiscoveryCurve::build(std::vector<double> ln_p) {
    // Adding 0 turns a negative zero into the positive one, so that its bits sort with the others.
    for (auto& value : ln_p)
        value = -(std::max(-value, 0.0) + 0.0);
    const double ln_tests = std::log(static_cast<double>(tests_));
    double lowest = infinity;
    // Tests that found nothing, p = 1, are often most of them: they need no sorting.
    const std::size_t listed = ln_p.size();
    std::erase(ln_p, 0.0);
    if (ln_p.size() < listed) {
        lowest = std::min(0.0, ln_tests - std::log(static_cast<double>(listed)));
        steps_.push_back({0.0, lowest});
    }
    sort_downwards(ln_p);
    // Walking down from the largest p: rank r is the number of values at or below this one. The
    // logarithm of the rank is computed only where this value could make a new minimum: the
    // logarithm of an earlier, larger rank bounds it from above.
    double ln_rank_above = infinity;
    std::size_t since = 0;
    for (std::size_t i = 0; i < ln_p.size(); ++i) {
        if ((i & 0xffff) == 0) poll_interrupt();
        if (i > 0 && ln_p[i] == ln_p[i - 1]) continue; // a tie has the rank of its first
        if (++since < 64 && ln_p[i] + ln_tests - ln_rank_above > lowest) continue;
        since = 0;
        ln_rank_above = std::log(static_cast<double>(ln_p.size() - i));
        const double ln_q = std::min(0.0, ln_p[i] + ln_tests - ln_rank_above);
        if (ln_q < lowest) {
            lowest = ln_q;
            steps_.push_back({ln_p[i], ln_q});
        }
    }
    std::reverse(steps_.begin(), steps_.end());
}

double FalseDiscoveryCurve::ln_q(double ln_p) const {
    if (std::isnan(ln_p)) return ln_p;
    const double value = std::min(ln_p, 0.0);
    const auto at = std::lower_bound(steps_.begin(), steps_.end(), value,
                                     [](const Step& step, double p) { return step.ln_p < p; });
    if (at != steps_.end() && at->ln_p == value) return at->ln_q;
    const double above = at == steps_.end() ? 0.0 : at->ln_q;
    // ln n p / rank, by the rank of the step below; a test of the family that is no step has a
    // higher rank than that, and never gets below the step above it.
    const double own =
        at == steps_.begin()
            ? value + std::log(static_cast<double>(std::max<std::uint64_t>(tests_, 1)))
            : value + (at - 1)->ln_q - (at - 1)->ln_p;
    return std::min(above, own);
}

void FalseDiscoveryCurve::serialize(ByteWriter& writer) const {
    writer.put(std::uint8_t{1});
    writer.put(tests_);
    writer.put(static_cast<std::uint32_t>(steps_.size()));
    for (const auto& step : steps_) {
        writer.put(step.ln_p);
        writer.put(step.ln_q);
    }
}

FalseDiscoveryCurve FalseDiscoveryCurve::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != 1) reader.refuse("an unknown version of a q-value curve");
    FalseDiscoveryCurve curve;
    curve.tests_ = reader.get<std::uint64_t>();
    const auto count = reader.get_count(2 * sizeof(double));
    curve.steps_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto ln_p = reader.get<double>();
        const auto ln_q = reader.get<double>();
        const bool ascends = curve.steps_.empty() ||
                             (ln_p > curve.steps_.back().ln_p && ln_q > curve.steps_.back().ln_q);
        if (!(ln_p <= 0) || !(ln_q <= 0) || !ascends) reader.refuse("q-values out of order");
        curve.steps_.push_back({ln_p, ln_q});
    }
    return curve;
}

} // namespace recon::evidence
