// recon_isolation_score(features, options) OVER w: a row by an isolation forest of the rows before
// it.
#include "core/models/isolation_forest.hpp"
#include "core/models/rolling_model.hpp"
#include "functions/models/fit_arguments.hpp"
#include "functions/windows/window_stream.hpp"
#include "postgres/feature_row.hpp"

namespace recon::functions {
namespace {

class IsolationScoreMethod {
  public:
    using Options = models::FitOptions;

    static std::optional<Options> read(WindowObject window) {
        const auto options = postgres::window_argument(window, 1);
        if (options.isnull) return std::nullopt;
        return read_fit_options(options.value);
    }

    explicit IsolationScoreMethod(const Options& options)
        : forest_(models::Fit(models::IsolationForest::name, options)) {}

    void advance() { forest_.advance(); }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        fcinfo->isnull = argument.isnull;
        if (argument.isnull) return 0;
        const auto row = postgres::read_features(argument.value, features_);
        return postgres::make_number(fcinfo, forest_.score(row.values, row.kinds));
    }

  private:
    models::RollingModel forest_;
    std::vector<double> features_; // storage of the row at hand
};

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_isolation_score,
               recon::functions::window_function<recon::functions::IsolationScoreMethod>);
