#include "core/models/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/interrupt.hpp"

namespace recon::models {

HistogramOptions HistogramOptions::read(FitOptions& options) {
    return {static_cast<std::uint32_t>(options.integer("bins", 10, 2, Histogram::most_bins))};
}

Histogram::Histogram(const Sample& sample, const HistogramOptions& options)
    : Model(FitSummary(sample)), options_(options), columns_(sample.columns) {
    const Rows rows = sample.rows();
    for (std::size_t j = 0; j < sample.columns; ++j) {
        poll_interrupt();
        std::map<double, std::uint64_t> counts;
        for (std::size_t i = 0; i < rows.count; ++i)
            if (!std::isnan(rows.row(i)[j])) counts[rows.row(i)[j]] += sample.counts[i];
        auto& column = columns_[j];
        if (counts.size() <= options.bins) {
            for (const auto& [value, count] : counts) {
                column.values.push_back(value);
                column.counts.push_back(count);
            }
        } else {
            column.scale = asinh_scale(fit().centers[j], counts);
            column.first = column.scale(counts.begin()->first);
            column.last = column.scale(counts.rbegin()->first);
            if (!(column.last > column.first)) column.last = column.first + 1;
            column.counts.resize(options.bins);
            for (const auto& [value, count] : counts)
                column.counts[column.bin(value)] += count;
        }
        column.prepare();
    }
}

// Its number; of what was never seen, that after the last.
std::size_t Histogram::Column::bin(double value) const noexcept {
    if (std::isnan(value)) return counts.size() + 1;
    if (!values.empty() || counts.empty()) {
        const auto found = std::lower_bound(values.begin(), values.end(), value);
        return found != values.end() && *found == value
                   ? static_cast<std::size_t>(found - values.begin())
                   : counts.size();
    }
    const double at = scale(value);
    if (!(at >= first && at <= last)) return counts.size();
    const double place = (at - first) / (last - first) * static_cast<double>(counts.size());
    return std::min(static_cast<std::size_t>(place), counts.size() - 1);
}

// How many rows there are for each unit of a bin's width, or for a value: ln of it. A bin covers
// the more of the column the farther out it lies, so that counts alone would call the thick of the
// rows rare. An empty bin and an unseen value count as half a row.
void Histogram::Column::prepare() {
    std::vector<double> ln_density;
    double widest = 0; // ln
    for (std::size_t i = 0; i < counts.size(); ++i) {
        double ln_width = 0;
        if (values.empty()) {
            const double half = (last - first) / static_cast<double>(counts.size()) / 2;
            const double middle = std::abs(first + half * static_cast<double>(2 * i + 1));
            // sinh(b) - sinh(a) = 2 cosh((a + b) / 2) sinh((b - a) / 2)
            ln_width = middle + std::log1p(std::exp(-2 * middle)) + half +
                       std::log(-std::expm1(-2 * half));
        }
        widest = i == 0 ? ln_width : std::max(widest, ln_width);
        ln_density.push_back(std::log(std::max(static_cast<double>(counts[i]), 0.5)) - ln_width);
    }
    ln_density.push_back(std::log(0.5) - widest); // of what was never seen
    const double most = *std::max_element(ln_density.begin(), ln_density.end());
    double total = 0;
    double mean = 0;
    evidence.clear();
    for (std::size_t i = 0; i < ln_density.size(); ++i) {
        evidence.push_back(most - ln_density[i]);
        if (i < counts.size()) total += static_cast<double>(counts[i]);
    }
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (total > 0) mean += static_cast<double>(counts[i]) / total * evidence[i];
    // In a column that never held a value, no value says anything.
    evidence.push_back(mean);
}

void Histogram::score_rows(Rows rows, double* scores) const {
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 64 == 0) poll_interrupt();
        double sum = 0;
        for (std::size_t j = 0; j < columns_.size(); ++j)
            sum += columns_[j].evidence[columns_[j].bin(rows.row(i)[j])];
        scores[i] = sum;
    }
}

void Histogram::add_contributions(const double* row, double* magnitudes) const {
    for (std::size_t j = 0; j < columns_.size(); ++j)
        magnitudes[j] = columns_[j].evidence[columns_[j].bin(row[j])];
}

std::string_view Histogram::score_meaning() const noexcept {
    return "0 or more: the sum over features of -ln of how frequent values like this are, over the "
           "most frequent ones";
}

void Histogram::describe_method(JsonWriter& json) const {
    json.member("bins", static_cast<std::size_t>(options_.bins));
    json.name("counted_by_value").open('[');
    for (const auto& column : columns_)
        json.value(!column.values.empty());
    json.close(']');
}

void Histogram::serialize_method(ByteWriter& writer) const {
    writer.put(options_.bins);
    for (const auto& column : columns_) {
        writer.put_array<double>(column.values);
        if (column.values.empty()) {
            for (const double number :
                 {column.scale.center, column.scale.spread, column.first, column.last})
                writer.put(number);
        }
        writer.put_array<std::uint64_t>(column.counts);
    }
}

std::unique_ptr<const Model> Histogram::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<Histogram> model(new Histogram(std::move(fit)));
    model->options_.bins = reader.get<std::uint32_t>();
    if (model->options_.bins < 2 || model->options_.bins > most_bins) {
        reader.refuse("a number of bins is out of range");
    }
    model->columns_.resize(model->columns());
    for (auto& column : model->columns_) {
        column.values = reader.get_array<double>();
        for (std::size_t i = 0; i < column.values.size(); ++i) {
            if (!std::isfinite(column.values[i]) ||
                (i > 0 && !(column.values[i] > column.values[i - 1])))
                reader.refuse("a column's values are not in order");
        }
        if (column.values.empty()) {
            for (auto* number :
                 {&column.scale.center, &column.scale.spread, &column.first, &column.last})
                *number = reader.get<double>();
        }
        column.counts = reader.get_array<std::uint64_t>();
        for (const auto count : column.counts)
            if (count > largest_total) reader.refuse("a count is out of range");
        if (!column.values.empty()) {
            if (column.counts.size() != column.values.size()) {
                reader.refuse("there are not as many counts as values");
            }
        } else if (!column.counts.empty() &&
                   (column.counts.size() != model->options_.bins || !(column.scale.spread > 0) ||
                    !std::isfinite(column.scale.spread) || !std::isfinite(column.scale.center) ||
                    !std::isfinite(column.first) || !std::isfinite(column.last) ||
                    !(column.last > column.first))) {
            reader.refuse("the bins of a column are out of range");
        }
        column.prepare();
    }
    return model;
}

} // namespace recon::models
