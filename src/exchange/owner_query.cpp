#include "exchange/owner_query.hpp"

#include "postgres/roles.hpp"

namespace recon::exchange {

using namespace recon::postgres;

JsonValue ask_as_owner(const std::string& statement, std::span<const Parameter> parameters,
                       const char* what) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    query.run(statement, parameters);
    const Datum answer =
        guarded([value = query.value("answer")] { return SPI_datumTransfer(value, false, -1); });
    query.finish();
    as_owner.finish();
    return {answer, what};
}

} // namespace recon::exchange
