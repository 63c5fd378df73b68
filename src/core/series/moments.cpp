#include "core/series/moments.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::int32_t lowest_exponent = -1074; // of the smallest number

// Central moments times powers of n, which are whole multiples of powers of two:
// n sum (x - mean)^2, n^2 sum (x - mean)^3 and n^3 sum (x - mean)^4.
ExactNumber second(std::int64_t n, const ExactNumber& s1, const ExactNumber& s2) {
    return n * s2 - s1 * s1;
}

ExactNumber third(std::int64_t n, const ExactNumber& s1, const ExactNumber& s2,
                  const ExactNumber& s3) {
    return n * (n * s3 - 3 * (s1 * s2)) + 2 * (s1 * s1 * s1);
}

ExactNumber fourth(std::int64_t n, const ExactNumber& s1, const ExactNumber& s2,
                   const ExactNumber& s3, const ExactNumber& s4) {
    const ExactNumber square = s1 * s1;
    return n * (n * (n * s4 - 4 * (s1 * s3)) + 6 * (square * s2)) - 3 * (square * square);
}

} // namespace

void Moments::enter(double x, bool leaves) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const auto field = static_cast<std::int32_t>((bits >> 52U) & 0x7ffU);
    std::uint64_t mantissa = bits & 0xfffffffffffffULL;
    if (field > 0) mantissa |= 0x10000000000000ULL;
    if (mantissa == 0) return;
    // Round amounts are short numbers: without the zeros below, their powers take fewer limbs.
    const int zeros = std::countr_zero(mantissa);
    mantissa >>= static_cast<unsigned>(zeros);
    const std::int32_t exponent = std::max(field, 1) - 1 + lowest_exponent + zeros;
    const bool negative = x < 0;

    using Wide = unsigned __int128;
    const Wide square = static_cast<Wide>(mantissa) * mantissa;
    const auto low = static_cast<std::uint64_t>(square);
    const auto high = static_cast<std::uint64_t>(square >> 64U);
    const Wide cube_low = static_cast<Wide>(low) * mantissa;
    const Wide cube_high = static_cast<Wide>(high) * mantissa + (cube_low >> 64U);
    const Wide low_low = static_cast<Wide>(low) * low;
    const Wide low_high = static_cast<Wide>(low) * high; // high is below 2^42
    const Wide middle = (low_high << 1U) + (low_low >> 64U);
    const Wide top = static_cast<Wide>(high) * high + (middle >> 64U);

    powers_[0].add(std::array{mantissa}, exponent, negative != leaves);
    powers_[1].add(std::array{low, high}, 2 * exponent, leaves);
    powers_[2].add(std::array{static_cast<std::uint64_t>(cube_low),
                              static_cast<std::uint64_t>(cube_high),
                              static_cast<std::uint64_t>(cube_high >> 64U)},
                   3 * exponent, negative != leaves);
    powers_[3].add(std::array{static_cast<std::uint64_t>(low_low),
                              static_cast<std::uint64_t>(middle), static_cast<std::uint64_t>(top),
                              static_cast<std::uint64_t>(top >> 64U)},
                   4 * exponent, leaves);
}

void Moments::add(double x) {
    if (!admitted(x)) {
        ++non_finite_;
        return;
    }
    enter(x, false);
    ++count_;
    minimum_ = std::min(minimum_, x + 0.0); // one kind of zero
    maximum_ = std::max(maximum_, x + 0.0);
}

void Moments::merge(const Moments& other) {
    std::int64_t* const counters[] = {&count_, &nulls_, &non_finite_};
    const std::int64_t more[] = {other.count_, other.nulls_, other.non_finite_};
    for (std::size_t i = 0; i < std::size(counters); ++i) {
        if (more[i] > largest_count - *counters[i]) {
            throw Error(ErrorKind::limit_exceeded, "statistics of too many rows",
                        "They count at most " + std::to_string(largest_count) + " rows.");
        }
    }
    for (std::size_t i = 0; i < powers_.size(); ++i) {
        powers_[i].add(other.powers_[i]);
    }
    for (std::size_t i = 0; i < std::size(counters); ++i) {
        *counters[i] += more[i];
    }
    minimum_ = std::min(minimum_, other.minimum_);
    maximum_ = std::max(maximum_, other.maximum_);
}

double Moments::sum() const {
    if (count_ == 0) return undefined;
    return Rounded::quotient(ExactNumber(powers_[0]), ExactNumber(1)).number();
}

double Moments::mean() const {
    if (count_ == 0) return undefined;
    return Rounded::quotient(ExactNumber(powers_[0]), ExactNumber(count_)).number();
}

Rounded Moments::rounded_variance() const {
    const auto squares = second(count_, ExactNumber(powers_[0]), ExactNumber(powers_[1]));
    return Rounded::quotient(squares, count_ * ExactNumber(count_ - 1));
}

double Moments::variance() const {
    return count_ < 2 ? undefined : rounded_variance().number();
}

double Moments::stddev() const {
    return count_ < 2 ? undefined : rounded_variance().root().number();
}

double Moments::skewness() const {
    if (count_ < 2) return undefined;
    const ExactNumber s1(powers_[0]);
    const ExactNumber s2(powers_[1]);
    const auto squares = second(count_, s1, s2);
    if (squares.sign() == 0) return undefined;
    // In these units the powers of n cancel: the third over the second to the power of 3/2.
    const auto cubes = Rounded::quotient(third(count_, s1, s2, ExactNumber(powers_[2])), squares);
    const auto scale = Rounded::quotient(squares, ExactNumber(1)).root();
    return std::ldexp(cubes.fraction / scale.fraction, cubes.exponent - scale.exponent);
}

double Moments::kurtosis() const {
    if (count_ < 2) return undefined;
    const ExactNumber s1(powers_[0]);
    const ExactNumber s2(powers_[1]);
    const auto squares = second(count_, s1, s2);
    if (squares.sign() == 0) return undefined;
    const auto reference = squares * squares;
    const auto fourths = fourth(count_, s1, s2, ExactNumber(powers_[2]), ExactNumber(powers_[3]));
    return Rounded::quotient(fourths - 3 * reference, reference).number();
}

double Moments::minimum() const noexcept {
    return count_ > 0 ? minimum_ : undefined;
}

double Moments::maximum() const noexcept {
    return count_ > 0 ? maximum_ : undefined;
}

void Moments::serialize(ByteWriter& writer) const {
    writer.put(std::uint8_t{1}); // format
    for (const auto counter : {count_, nulls_, non_finite_}) {
        writer.put(counter);
    }
    for (const double value : {minimum_, maximum_}) {
        writer.put(value);
    }
    for (const auto& power : powers_) {
        power.serialize(writer);
    }
}

Moments Moments::deserialize(ByteReader& reader) {
    auto moments = deserialize_again(reader);
    moments.check(reader);
    return moments;
}

Moments Moments::deserialize_again(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != 1) reader.refuse("its format is not known");
    Moments moments;
    for (auto* counter : {&moments.count_, &moments.nulls_, &moments.non_finite_}) {
        *counter = reader.get<std::int64_t>();
        if (*counter < 0 || *counter > largest_count) reader.refuse("a count is out of range");
    }
    for (auto* value : {&moments.minimum_, &moments.maximum_}) {
        *value = reader.get<double>();
    }
    for (auto& power : moments.powers_) {
        power = ExactSum::deserialize(reader);
    }
    return moments;
}

// Sums that no numbers have could make a variance negative, or a number of more bits than there is
// room for.
void Moments::check(const ByteReader& reader) const {
    if (count_ == 0) {
        const bool empty = std::all_of(powers_.begin(), powers_.end(),
                                       [](const ExactSum& power) { return power.is_zero(); });
        if (!empty || minimum_ != Moments{}.minimum_ || maximum_ != Moments{}.maximum_) {
            reader.refuse("moments of no values are not empty");
        }
        return;
    }
    if (!admitted(minimum_) || !admitted(maximum_) || minimum_ > maximum_) {
        reader.refuse("an extreme is out of range");
    }
    // No sum has a unit below that of its power of the smallest number, nor is it larger than the
    // power of the largest one times the count.
    int exponent = 0;
    const double largest = std::frexp(std::max(-minimum_, maximum_), &exponent);
    auto bound = static_cast<double>(count_);
    int bound_exponent = 0;
    for (std::size_t i = 0; i < powers_.size(); ++i) {
        bound *= largest;
        bound_exponent += exponent;
        if (powers_[i].is_zero()) continue;
        const auto lowest = (static_cast<std::int32_t>(i) + 1) * lowest_exponent / 64 - 1;
        if (powers_[i].canonical().low < lowest) reader.refuse("a sum is out of range");
        const auto sum = Rounded::quotient(ExactNumber(powers_[i]), ExactNumber(1));
        const double share =
            std::ldexp(std::abs(sum.fraction) / bound, sum.exponent - bound_exponent);
        if (!(share <= 1 + 1e-9)) reader.refuse("a sum is out of range");
    }
    const ExactNumber s1(powers_[0]);
    const ExactNumber s2(powers_[1]);
    const ExactNumber s3(powers_[2]);
    const ExactNumber s4(powers_[3]);
    const double average = mean();
    if (s2.sign() < 0 || s4.sign() < 0 || average < minimum_ || average > maximum_ ||
        second(count_, s1, s2).sign() < 0 || fourth(count_, s1, s2, s3, s4).sign() < 0) {
        reader.refuse("its sums are not those of any numbers");
    }
}

} // namespace recon::series
