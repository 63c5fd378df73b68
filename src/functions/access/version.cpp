// recon_version(): the version of the library that is loaded, to compare with the extension's.
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"

namespace recon::functions {
namespace {

Datum version(FunctionCallInfo /*fcinfo*/) {
    return postgres::make_text(RECON_VERSION);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_version, recon::functions::version);
