// recon_report(run) and recon_digest(run).
#include "exchange/report.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

template <std::string (*make)(std::int64_t)>
Datum of_run(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    try {
        return make_text(make(Arguments(fcinfo).int8(0)));
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_report, recon::functions::of_run<recon::exchange::run_report_html>);
RECON_FUNCTION(recon_digest, recon::functions::of_run<recon::exchange::run_digest_text>);
