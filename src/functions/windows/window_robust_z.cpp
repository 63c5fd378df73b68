// recon_robust_z(x, ...) OVER w: a row against the median and the median absolute deviation of the
// rows before it.
#include "core/series/option_range.hpp"
#include "core/series/peers.hpp"
#include "core/series/sliding_order.hpp"
#include "functions/windows/window_period.hpp"
#include "functions/windows/window_stream.hpp"

namespace recon::functions {
namespace {

class RobustMethod {
  public:
    struct Options {
        std::int32_t period;
        double tolerance;
        bool include_current;
        bool operator==(const Options&) const = default;
    };

    static std::optional<Options> read(WindowObject window) {
        WindowOptions given(window);
        return given.unless_null(Options{given.int4(1), given.float8(2), given.boolean(3)});
    }

    explicit RobustMethod(const Options& options)
        : tolerance_(options.tolerance), include_current_(options.include_current),
          window_(checked_period(options.period, series::SlidingOrder::widest) -
                  (options.include_current ? 1 : 0)),
          peers_(window_.width()) {
        series::require_option(tolerance_ >= 0 && series::admitted(tolerance_),
                               "tolerance of a robust z", tolerance_,
                               "a finite number, and not negative");
    }

    void advance() {
        peers_.leave([this](double x) { window_.push(x); });
    }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        const double x = number_of(argument);
        double z = std::nan("");
        if (include_current_) {
            if (window_.size() >= 1) z = window_.robust_z_within(x, tolerance_);
        } else if (window_.size() >= 2) {
            z = window_.robust_z(x, tolerance_);
        }
        peers_.wait(x);
        return postgres::make_number(fcinfo, z);
    }

  private:
    double tolerance_;
    bool include_current_;
    series::SlidingOrder window_;
    series::Peers peers_;
};

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_robust_z,
               recon::functions::window_function<recon::functions::RobustMethod>);
