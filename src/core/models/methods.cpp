#include "core/models/methods.hpp"

#include "core/models/isolation_forest.hpp"

namespace recon::models {

namespace {

// For a class with a constructor from a sample and options, and a static deserialize.
template <typename Class, typename Options>
constexpr Method method() {
    return {Class::name,
            [](FitOptions& given) -> Fitter {
                return [options = Options::read(given)](const Sample& sample) {
                    return std::make_unique<const Class>(sample, options);
                };
            },
            Class::deserialize};
}

constexpr Method methods[] = {
    method<IsolationForest, IsolationForestOptions>(),
};

} // namespace

const Method* find_method(std::string_view name) noexcept {
    for (const auto& method : methods)
        if (method.name == name) return &method;
    return nullptr;
}

} // namespace recon::models
