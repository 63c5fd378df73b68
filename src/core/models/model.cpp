#include "core/models/model.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/interrupt.hpp"

namespace recon::models {

FitSummary::FitSummary(const Sample& sample)
    : seed(sample.seed), rows_seen(sample.rows_seen),
      rows_without_values(sample.rows_without_values), non_finite_values(sample.non_finite_values),
      rows_sampled(sample.counts.size()), distinct_rows(sample.distinct_rows_seen),
      sample_complete(sample.complete), centers(column_centers(sample)), encoding(sample.encoding) {
}

void FitSummary::serialize(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(centers.size()));
    for (const auto number :
         {seed, rows_seen, rows_without_values, non_finite_values, rows_sampled})
        writer.put(number);
    writer.put(distinct_rows);
    writer.put(sample_complete);
    models::serialize(centers, writer);
    writer.put(encoding != nullptr);
    if (encoding != nullptr) encoding->serialize(writer);
}

FitSummary FitSummary::deserialize(ByteReader& reader) {
    FitSummary fit;
    const auto columns = reader.get_count(3 * sizeof(double));
    if (columns == 0 || columns > max_columns) {
        reader.refuse("a number of columns is out of range");
    }
    for (auto* number : {&fit.seed, &fit.rows_seen, &fit.rows_without_values,
                         &fit.non_finite_values, &fit.rows_sampled})
        *number = reader.get<std::uint64_t>();
    fit.distinct_rows = reader.get<double>();
    if (!(fit.distinct_rows >= 0) || !std::isfinite(fit.distinct_rows)) {
        reader.refuse("a number of rows is out of range");
    }
    fit.sample_complete = reader.get<bool>();
    fit.centers = deserialize_column_centers(reader, columns);
    if (reader.get<bool>()) {
        fit.encoding =
            std::make_shared<const FeatureEncoding>(FeatureEncoding::deserialize(reader, columns));
    }
    return fit;
}

void Model::expect_width(std::size_t columns, std::size_t of_model) {
    if (columns == of_model) return;
    throw Error(ErrorKind::invalid_parameter, "the row has another width than the model",
                "The row has " + std::to_string(columns) + " features, the model " +
                    std::to_string(of_model) + ".",
                "Give the features that the model was fitted on, NULL where one is missing.");
}

namespace {

// Whether a row can be scored: it holds a value, and no infinity.
bool is_scorable(const double* row, std::size_t columns) noexcept {
    bool present = false;
    for (std::size_t j = 0; j < columns; ++j) {
        if (std::isinf(row[j])) return false;
        present = present || !std::isnan(row[j]);
    }
    return present;
}

} // namespace

std::span<const FeatureKind> Model::kinds() const noexcept {
    return fit_.encoding == nullptr ? std::span<const FeatureKind>() : fit_.encoding->kinds();
}

std::vector<double> Model::encode(std::span<const double> row) const {
    expect_width(row.size());
    std::vector<double> features(row.begin(), row.end());
    if (fit_.encoding != nullptr)
        fit_.encoding->encode({row.data(), 1, row.size()}, features.data());
    return features;
}

void Model::score(Rows rows, std::span<double> scores) const {
    if (rows.count == 0) return;
    expect_width(rows.columns);
    if (fit_.encoding == nullptr) {
        score_rows(rows, scores.data());
    } else {
        constexpr std::size_t at_once = 1024;
        std::vector<double> features(std::min(at_once, rows.count) * rows.columns);
        for (std::size_t first = 0; first < rows.count; first += at_once) {
            const Rows part = rows.slice(first, std::min(at_once, rows.count - first));
            fit_.encoding->encode(part, features.data());
            score_rows({features.data(), part.count, part.columns}, scores.data() + first);
        }
    }
    for (std::size_t i = 0; i < rows.count; ++i)
        if (!is_scorable(rows.row(i), rows.columns)) scores[i] = missing_value;
}

double Model::score(std::span<const double> row) const {
    double score = missing_value;
    this->score(Rows{row.data(), 1, row.size()}, {&score, 1});
    return score;
}

std::vector<double> Model::contributions(std::span<const double> row) const {
    expect_width(row.size());
    if (!is_scorable(row.data(), row.size())) return std::vector<double>(columns(), missing_value);
    std::vector<double> shares(columns(), 0.0);
    const auto features = encode(row);
    add_contributions(features.data(), shares.data());
    for (std::size_t j = 0; j < columns(); ++j)
        if (features[j] < fit_.centers[j].median) shares[j] = 0.0 - shares[j];
    return shares;
}

std::size_t Model::cluster(std::span<const double> row) const {
    expect_width(row.size());
    return is_scorable(row.data(), row.size()) ? cluster_of(encode(row).data()) : 0;
}

std::size_t Model::cluster_of(const double* /*row*/) const {
    throw Error(ErrorKind::invalid_parameter, "the model has no clusters",
                "Its method is " + std::string(method()) + ".", "Fit one with recon_fit_kmeans.");
}

void Model::describe(JsonWriter& json) const {
    json.member("method", method());
    json.member("columns", columns());
    json.member("seed", static_cast<std::size_t>(fit_.seed));
    json.member("rows_seen", static_cast<std::size_t>(fit_.rows_seen));
    json.member("rows_without_values", static_cast<std::size_t>(fit_.rows_without_values));
    json.member("non_finite_values", static_cast<std::size_t>(fit_.non_finite_values));
    json.member("distinct_rows", fit_.distinct_rows);
    json.member("rows_sampled", static_cast<std::size_t>(fit_.rows_sampled));
    json.member("sample_complete", fit_.sample_complete);
    std::vector<double> medians;
    std::vector<double> mads;
    std::vector<double> missing;
    for (const auto& center : fit_.centers) {
        medians.push_back(center.median);
        mads.push_back(center.mad);
        missing.push_back(center.missing);
    }
    json.member("median", medians);
    json.member("mad", mads);
    json.member("missing", missing);
    if (fit_.encoding != nullptr) {
        json.name("features");
        fit_.encoding->describe(json);
    }
    json.member("score", score_meaning());
    describe_method(json);
}

void Model::describe_alone(JsonWriter& json) const {
    json.member("method", method());
    describe_method(json);
}

} // namespace recon::models
