#include "core/models/ensemble.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/evidence/combination.hpp"

namespace recon::models {

namespace {

constexpr std::size_t members = 2;
constexpr std::array<double, members> weights{1, 1};
constexpr std::uint64_t most_reference_scores = 10'000;

// The model's scores of the sample's rows, each row by its share.
std::vector<double> reference_scores(const Model& model, const Sample& sample) {
    std::vector<double> of_rows(sample.counts.size());
    model.score(sample.rows(), of_rows);
    std::vector<double> scores;
    for (const auto row : sample.places(most_reference_scores))
        scores.push_back(of_rows[row]);
    return scores;
}

// Far beyond a tail of the smallest scale ln p ends, so that a score is a number.
double finite_ln_p(const evidence::ConformalReference& reference, double score) {
    return std::max(reference.ln_p(score), -1e300);
}

} // namespace

EnsembleOptions EnsembleOptions::read(FitOptions& options) {
    EnsembleOptions read;
    read.forest = IsolationForestOptions::read(options);
    read.neighbours = NeighbourOptions::read(options, read.neighbours.scaling);
    return read;
}

Ensemble::Ensemble(const Sample& sample, const EnsembleOptions& options)
    : Model(FitSummary(sample)) {
    Sample features = sample; // encoded once, here
    features.encoding = nullptr;
    std::array<std::unique_ptr<const Model>, members> models{
        std::make_unique<const IsolationForest>(features, options.forest),
        std::make_unique<const NeighbourDistance>(features, options.neighbours)};
    for (auto& model : models) {
        auto scores = reference_scores(*model, features);
        members_.push_back({std::move(model), evidence::ConformalReference(std::move(scores))});
    }
}

void Ensemble::score_rows(Rows rows, double* scores) const {
    std::array<std::vector<double>, members> found;
    for (std::size_t m = 0; m < members; ++m) {
        found[m].resize(rows.count);
        members_[m].model->score(rows, found[m]);
    }
    for (std::size_t i = 0; i < rows.count; ++i) {
        std::array<double, members> evidence{};
        for (std::size_t m = 0; m < members; ++m)
            evidence[m] = finite_ln_p(members_[m].reference, found[m][i]);
        scores[i] = 0.0 - evidence::harmonic_ln_p(evidence, weights) / std::numbers::ln10;
    }
}

void Ensemble::add_contributions(const double* row, double* magnitudes) const {
    const std::span<const double> features(row, columns());
    std::array<double, members> evidence{};
    for (std::size_t m = 0; m < members; ++m)
        evidence[m] = finite_ln_p(members_[m].reference, members_[m].model->score(features));
    std::array<double, members> shares{};
    const double score = -evidence::harmonic_ln_p(evidence, weights, shares) / std::numbers::ln10;
    // A member that names no column leaves its share to the other.
    std::array<std::vector<double>, members> parts;
    std::array<double, members> sums{};
    double named = 0;
    for (std::size_t m = 0; m < members; ++m) {
        parts[m] = members_[m].model->contributions(features);
        double most = 0;
        for (auto& part : parts[m])
            most = std::max(most, part = std::abs(part));
        if (!(most > 0)) continue;
        for (auto& part : parts[m])
            sums[m] += part /= most;
        named += shares[m];
    }
    for (std::size_t m = 0; m < members; ++m) {
        if (!(sums[m] > 0) || !(shares[m] > 0)) continue;
        for (std::size_t j = 0; j < parts[m].size(); ++j)
            magnitudes[j] += score * (shares[m] / named) * (parts[m][j] / sums[m]);
    }
}

std::string_view Ensemble::score_meaning() const noexcept {
    return "0 or more: -log10 of the probability that a row of the sample is at least as strange, "
           "by the harmonic mean of what the members say";
}

void Ensemble::describe_method(JsonWriter& json) const {
    json.name("members").open('[');
    for (const auto& member : members_) {
        json.open('{');
        member.model->describe_alone(json);
        json.member("reference_scores", member.reference.size());
        json.member("reference_scores_left_out", member.reference.removed());
        json.close('}');
    }
    json.close(']');
}

void Ensemble::serialize_method(ByteWriter& writer) const {
    for (const auto& member : members_) {
        member.model->serialize_method(writer);
        member.reference.serialize(writer);
    }
}

std::unique_ptr<const Model> Ensemble::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<Ensemble> model(new Ensemble(std::move(fit)));
    FitSummary plain = model->fit();
    plain.encoding = nullptr;
    for (const auto read : {IsolationForest::deserialize, NeighbourDistance::deserialize}) {
        auto member = read(reader, plain);
        model->members_.push_back(
            {std::move(member), evidence::ConformalReference::deserialize(reader)});
        if (model->members_.back().reference.size() == 0) {
            reader.refuse("there are no scores to compare with");
        }
    }
    return model;
}

} // namespace recon::models
