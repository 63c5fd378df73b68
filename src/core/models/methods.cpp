#include "core/models/methods.hpp"

#include "core/models/autoencoder.hpp"
#include "core/models/ecod.hpp"
#include "core/models/ensemble.hpp"
#include "core/models/histogram.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/kmeans.hpp"
#include "core/models/local_outlier_factor.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/neighbour_distance.hpp"

namespace recon::models {

namespace {

// For a class with a constructor from a sample and options, and a static deserialize.
template <typename Class, typename Options>
constexpr Method method() {
    return {Class::name, Class::usual_rows,
            [](FitOptions& given) -> Fitter {
                return [options = Options::read(given)](const Sample& sample) {
                    return std::make_unique<const Class>(sample, options);
                };
            },
            Class::deserialize};
}

constexpr Method methods[] = {
    method<IsolationForest, IsolationForestOptions>(),
    method<NeighbourDistance, NeighbourOptions>(),
    method<Mahalanobis, MahalanobisOptions>(),
    method<Ecod, EcodOptions>(),
    method<Histogram, HistogramOptions>(),
    method<LocalOutlierFactor, NeighbourOptions>(),
    method<KMeans, KMeansOptions>(),
    method<Ensemble, EnsembleOptions>(),
    method<Autoencoder, AutoencoderOptions>(),
};

} // namespace

const Method* find_method(std::string_view name) noexcept {
    for (const auto& method : methods)
        if (method.name == name) return &method;
    return nullptr;
}

} // namespace recon::models
