#include "core/models/ecod.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

struct Counted {
    double value;
    std::uint64_t count;
};

// The sign of the third central moment, which a power of two as unit does not change.
bool is_left_skewed(const std::vector<Counted>& values) {
    double total = 0;
    double most = 0;
    for (const auto& [value, count] : values) {
        total += static_cast<double>(count);
        most = std::max(most, std::abs(value));
    }
    if (!(most > 0)) return false;
    const double unit = std::exp2(std::ilogb(most));
    double mean = 0;
    for (const auto& [value, count] : values)
        mean += static_cast<double>(count) / total * (value / unit);
    double third = 0;
    for (const auto& [value, count] : values) {
        const double deviation = value / unit - mean;
        third += static_cast<double>(count) / total * (deviation * deviation * deviation);
    }
    return third < 0;
}

} // namespace

Ecod::Ecod(const Sample& sample, const EcodOptions& /*options*/)
    : Model(FitSummary(sample)), columns_(sample.columns) {
    const Rows rows = sample.rows();
    std::vector<Counted> present;
    for (std::size_t j = 0; j < sample.columns; ++j) {
        poll_interrupt();
        present.clear();
        for (std::size_t i = 0; i < rows.count; ++i)
            if (!std::isnan(rows.row(i)[j])) present.push_back({rows.row(i)[j], sample.counts[i]});
        std::sort(present.begin(), present.end(),
                  [](const Counted& a, const Counted& b) { return a.value < b.value; });
        auto& column = columns_[j];
        column.left_skewed = is_left_skewed(present);
        std::uint64_t below = 0;
        for (const auto& [value, count] : present) {
            below += count;
            if (!column.values.empty() && column.values.back() == value) {
                column.counts.back() = below;
            } else {
                column.values.push_back(value);
                column.counts.push_back(below);
            }
        }
    }
}

// A value beyond all of the sample's counts as half a row. A missing one, or one of a column
// without values, gives what a value gives on average: -ln of a uniform number is 1.
Ecod::Evidence Ecod::evidence(const Column& column, double value) noexcept {
    if (std::isnan(value) || column.values.empty()) return {1, 1};
    const auto total = static_cast<double>(column.counts.back());
    const auto rows_before = [&](auto place) {
        return place == column.values.begin()
                   ? 0.0
                   : static_cast<double>(
                         column
                             .counts[static_cast<std::size_t>(place - column.values.begin() - 1)]);
    };
    const auto from = std::lower_bound(column.values.begin(), column.values.end(), value);
    const auto to = from != column.values.end() && *from == value ? from + 1 : from;
    const double smaller = rows_before(from);
    const double no_larger = rows_before(to);
    return {-std::log(std::max(no_larger, 0.5) / total),
            -std::log(std::max(total - smaller, 0.5) / total)};
}

double Ecod::Sums::largest() const noexcept {
    return std::max({left, right, skewed});
}

template <typename Each>
Ecod::Sums Ecod::sums(const double* row, const Each& each) const {
    Sums sums;
    for (std::size_t j = 0; j < columns_.size(); ++j) {
        const auto at = evidence(columns_[j], row[j]);
        const double skewed = columns_[j].left_skewed ? at.left : at.right;
        sums.left += at.left;
        sums.right += at.right;
        sums.skewed += skewed;
        each(j, at, skewed);
    }
    return sums;
}

void Ecod::score_rows(Rows rows, double* scores) const {
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 64 == 0) poll_interrupt();
        scores[i] = sums(rows.row(i), [](std::size_t, const Evidence&, double) {}).largest();
    }
}

void Ecod::add_contributions(const double* row, double* magnitudes) const {
    std::vector<Sums> parts(columns_.size());
    const auto all = sums(row, [&](std::size_t j, const Evidence& at, double skewed) {
        parts[j] = {at.left, at.right, skewed};
    });
    const auto part = all.left == all.largest()    ? &Sums::left
                      : all.right == all.largest() ? &Sums::right
                                                   : &Sums::skewed;
    for (std::size_t j = 0; j < columns_.size(); ++j)
        magnitudes[j] = parts[j].*part;
}

std::string_view Ecod::score_meaning() const noexcept {
    return "0 or more: the sum over features of -ln of the share of rows at least as far out";
}

void Ecod::describe_method(JsonWriter& json) const {
    json.name("left_skewed").open('[');
    for (const auto& column : columns_)
        json.value(column.left_skewed);
    json.close(']');
}

void Ecod::serialize_method(ByteWriter& writer) const {
    for (const auto& column : columns_) {
        writer.put(column.left_skewed);
        writer.put_array<double>(column.values);
        writer.put_raw(column.counts.data(), column.counts.size() * sizeof(std::uint64_t));
    }
}

std::unique_ptr<const Model> Ecod::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<Ecod> model(new Ecod(std::move(fit)));
    model->columns_.resize(model->columns());
    for (auto& column : model->columns_) {
        column.left_skewed = reader.get<bool>();
        column.values = reader.get_array<double>();
        if (reader.remaining() / sizeof(std::uint64_t) < column.values.size()) {
            reader.refuse("the value ends too early");
        }
        column.counts.resize(column.values.size());
        reader.get_raw(column.counts.data(), column.counts.size() * sizeof(std::uint64_t));
        for (std::size_t i = 0; i < column.values.size(); ++i) {
            if (!std::isfinite(column.values[i]) ||
                (i > 0 && !(column.values[i] > column.values[i - 1]))) {
                reader.refuse("a column's values are not in order");
            }
            if (column.counts[i] <= (i > 0 ? column.counts[i - 1] : 0) ||
                column.counts[i] > largest_total) {
                reader.refuse("a column's counts are not in order");
            }
        }
    }
    return model;
}

} // namespace recon::models
