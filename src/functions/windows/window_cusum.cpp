// recon_cusum(x, ...) OVER w: the sums of what rows exceed a target by, once this row is in.
#include <variant>

#include "core/series/admitted.hpp"
#include "core/series/peers.hpp"
#include "core/series/self_starting_cusum.hpp"
#include "functions/windows/drift_value.hpp"
#include "functions/windows/window_stream.hpp"

namespace recon::functions {
namespace {

class CusumMethod {
  public:
    struct Options {
        std::optional<double> target;
        double allowance;
        double threshold;
        bool restarts;
        bool operator==(const Options&) const = default;
    };

    static std::optional<Options> read(WindowObject window) {
        WindowOptions given(window);
        return given.unless_null(
            Options{given.optional_float8(1), given.float8(2), given.float8(3), given.boolean(4)});
    }

    explicit CusumMethod(const Options& options) : cusum_(make(options)) {}

    void advance() {
        peers_.leave([this](double x) { std::visit([x](auto& cusum) { cusum.add(x); }, cusum_); });
    }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        const double x = number_of(argument);
        peers_.wait(x);
        // The rows of its place are not in: each has a copy of its own.
        return std::visit(
            [=](auto cusum) {
                const int direction = cusum.add(x);
                return make_drift(fcinfo, sums_of(cusum), direction, series::admitted(x));
            },
            cusum_);
    }

  private:
    using Kinds = std::variant<series::Cusum, series::SelfStartingCusum>;

    static Kinds make(const Options& options) {
        series::Cusum::Options chart{options.target.value_or(0), options.allowance,
                                     options.threshold, options.restarts};
        if (options.target) return series::Cusum(chart);
        return series::SelfStartingCusum(chart);
    }
    static const series::Cusum& sums_of(const series::Cusum& cusum) { return cusum; }
    static const series::Cusum& sums_of(const series::SelfStartingCusum& cusum) {
        return cusum.sums();
    }

    Kinds cusum_;
    series::Peers peers_;
};

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_cusum,
               recon::functions::window_function<recon::functions::CusumMethod>);
