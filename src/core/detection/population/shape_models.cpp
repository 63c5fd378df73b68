#include "core/detection/population/shape_models.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "core/detection/history/key_series.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/model_bytes.hpp"

namespace recon::breaks {

namespace {

constexpr std::uint8_t format_version = 1;

struct Method {
    std::string_view name;
    double ShapeModels::Evidence::*evidence;
};

constexpr std::array methods = {
    Method{models::IsolationForest::name, &ShapeModels::Evidence::forest},
    Method{models::Mahalanobis::name, &ShapeModels::Evidence::distance},
};

double ShapeModels::Evidence::*evidence_of(std::string_view method) {
    const auto* found = std::find_if(methods.begin(), methods.end(),
                                     [&](const Method& entry) { return entry.name == method; });
    return found->evidence;
}

models::Rows rows_of(std::span<const double> shapes, std::size_t columns) {
    return {shapes.data(), shapes.size() / columns, columns};
}

std::vector<double> scores_of(const models::Model& model, std::span<const double> shapes) {
    const auto rows = rows_of(shapes, model.columns());
    std::vector<double> scores(rows.count);
    model.score(rows, scores);
    return scores;
}

} // namespace

void ForestOptions::check() const {
    if (trees < 1 || trees > models::IsolationForest::most_trees) {
        throw Error(ErrorKind::invalid_parameter, "a forest has between 1 and 1000 trees",
                    std::to_string(trees) + " were asked for.");
    }
    if (sample_size < 2 || sample_size > models::IsolationForest::largest_sample) {
        throw Error(ErrorKind::invalid_parameter, "a tree is grown on between 2 and 4096 rows",
                    std::to_string(sample_size) + " were asked for.");
    }
}

std::shared_ptr<const ShapeModels> ShapeModels::fit(std::span<const std::vector<double>> keys,
                                                    std::size_t measures,
                                                    const ForestOptions& options) {
    options.check();
    // One measure comes together with nothing.
    if (measures < 2) return nullptr;
    std::vector<double> fitted, compared_with;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto& half = i % 2 == 0 ? fitted : compared_with;
        half.insert(half.end(), keys[i].begin(), keys[i].end());
    }
    if (std::min(fitted.size(), compared_with.size()) < fewest_rows * measures) return nullptr;
    const auto sample = models::sample_rows(rows_of(fitted, measures));
    std::vector<Ranked> ranked;
    const auto add = [&](std::unique_ptr<const models::Model> model) {
        evidence::ConformalReference reference(scores_of(*model, compared_with));
        ranked.push_back({std::move(model), std::move(reference)});
    };
    add(std::make_unique<const models::IsolationForest>(
        sample, models::IsolationForestOptions{options.trees, options.sample_size, 1}));
    add(std::make_unique<const models::Mahalanobis>(sample, models::MahalanobisOptions{}));
    return std::shared_ptr<const ShapeModels>(new ShapeModels(std::move(ranked)));
}

std::vector<ShapeModels::Evidence> ShapeModels::ln_p(std::span<const double> shapes) const {
    std::vector<Evidence> evidence(shapes.size() / columns());
    for (const auto& ranked : ranked_) {
        const auto of_model = evidence_of(ranked.model->method());
        const auto scores = scores_of(*ranked.model, shapes);
        for (std::size_t i = 0; i < scores.size(); ++i)
            evidence[i].*of_model = ranked.reference.ln_p(scores[i]);
    }
    return evidence;
}

void ShapeModels::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    for (const auto& ranked : ranked_) {
        const auto bytes = models::model_bytes(*ranked.model);
        writer.put(static_cast<std::uint32_t>(bytes.size()));
        writer.put_raw(bytes.data(), bytes.size());
        ranked.reference.serialize(writer);
    }
}

std::shared_ptr<const ShapeModels> ShapeModels::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    std::vector<Ranked> ranked;
    for (const auto& method : methods) {
        auto model = models::read_model(reader.get_span(reader.get_count(1)));
        if (model->method() != method.name || !model->kinds().empty()) {
            reader.refuse("the model is of another method");
        }
        ranked.push_back({std::move(model), evidence::ConformalReference::deserialize(reader)});
    }
    const auto columns = ranked.front().model->columns();
    if (columns < 2 || columns > max_measures || ranked.back().model->columns() != columns) {
        reader.refuse("the models are not made for shapes of rows");
    }
    return std::shared_ptr<const ShapeModels>(new ShapeModels(std::move(ranked)));
}

} // namespace recon::breaks
