// recon_break_frequency(is_break, ...) OVER w: the breaks of the newest rows against the rate of
// those before.
#include "core/evidence/recent_breaks.hpp"
#include "core/series/peers.hpp"
#include "functions/windows/window_stream.hpp"

namespace recon::functions {
namespace {

class BreakFrequencyMethod {
  public:
    struct Options {
        std::int32_t recent;
        double prior_breaks;
        double prior_matches;
        bool operator==(const Options&) const = default;
    };

    static std::optional<Options> read(WindowObject window) {
        WindowOptions given(window);
        return given.unless_null(Options{given.int4(1), given.float8(2), given.float8(3)});
    }

    explicit BreakFrequencyMethod(const Options& options)
        : breaks_(options.recent, {options.prior_breaks, options.prior_matches}) {}

    void advance() {
        peers_.leave([this](double is_break) { breaks_.add(is_break != 0); });
    }

    Datum judge(FunctionCallInfo fcinfo, const NullableDatum& argument) {
        if (argument.isnull) {
            fcinfo->isnull = true;
            return 0;
        }
        const bool is_break = DatumGetBool(argument.value);
        peers_.wait(is_break ? 1 : 0);
        return Float8GetDatum(std::exp(breaks_.ln_p_of(is_break)));
    }

  private:
    evidence::RecentBreaks breaks_;
    series::Peers peers_; // matches as 0, breaks as 1
};

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_window_break_frequency,
               recon::functions::window_function<recon::functions::BreakFrequencyMethod>);
