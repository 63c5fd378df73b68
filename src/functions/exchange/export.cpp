// recon_export(run, format): the processed file of a run.
#include "exchange/export.hpp"
#include "core/base/error.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/roles.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

Datum export_file(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    const Arguments arguments(fcinfo);
    try {
        const std::string bytes = exchange::export_run(arguments.int8(0), arguments.text(1));
        if (bytes.size() > std::size_t{1000} << 20U) {
            throw Error(ErrorKind::limit_exceeded, "the file is larger than a value can be",
                        "It has " + std::to_string(bytes.size()) + " bytes.",
                        "Export fewer dates: judge them in runs of their own.");
        }
        return make_varlena(std::as_bytes(std::span(bytes)));
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_export, recon::functions::export_file);
