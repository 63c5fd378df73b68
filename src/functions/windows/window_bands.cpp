// recon_bollinger(x, ...) OVER w and recon_ewma(x, ...) OVER w: a row against the band of the rows
// before it.
#include "core/series/ewma.hpp"
#include "core/series/peers.hpp"
#include "core/series/sliding_moments.hpp"
#include "functions/windows/band_value.hpp"
#include "functions/windows/window_period.hpp"
#include "functions/windows/window_stream.hpp"

namespace recon::functions {
namespace {

class BollingerMethod {
  public:
    struct Options {
        std::int32_t period;
        double width;
        bool include_current;
        bool operator==(const Options&) const = default;
    };

    static std::optional<Options> read(WindowObject window) {
        WindowOptions given(window);
        return given.unless_null(Options{given.int4(1), given.float8(2), given.boolean(3)});
    }

    explicit BollingerMethod(const Options& options)
        : width_(checked_band_width(options.width)), include_current_(options.include_current),
          moments_(checked_period(options.period, series::widest_window)),
          peers_(moments_.width()) {}

    void advance() {
        peers_.leave([this](double x) { moments_.push(x); });
    }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        const double x = number_of(argument);
        const auto window = include_current_ ? moments_.window_with(x) : moments_.window();
        peers_.wait(x);
        return make_band(fcinfo, series::band_around(window.mean(), window.stddev(), width_, x));
    }

  private:
    double width_;
    bool include_current_;
    series::SlidingMoments moments_;
    series::Peers peers_;
};

class EwmaMethod {
  public:
    struct Options {
        double alpha;
        double width;
        bool include_current;
        bool operator==(const Options&) const = default;
    };

    static std::optional<Options> read(WindowObject window) {
        WindowOptions given(window);
        return given.unless_null(Options{given.float8(1), given.float8(2), given.boolean(3)});
    }

    explicit EwmaMethod(const Options& options)
        : width_(checked_band_width(options.width)), include_current_(options.include_current),
          ewma_(options.alpha) {}

    void advance() {
        peers_.leave([this](double x) { ewma_.add(x); });
    }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        const double x = number_of(argument);
        auto ewma = ewma_;
        if (include_current_) ewma.add(x);
        peers_.wait(x);
        return make_band(fcinfo,
                         series::band_around(ewma.level(), ewma.predictive_stddev(), width_, x));
    }

  private:
    double width_;
    bool include_current_;
    series::Ewma ewma_;
    series::Peers peers_;
};

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_bollinger,
               recon::functions::window_function<recon::functions::BollingerMethod>);
RECON_FUNCTION(recon_window_ewma, recon::functions::window_function<recon::functions::EwmaMethod>);
