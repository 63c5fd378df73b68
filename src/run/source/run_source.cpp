#include "run/source/run_source.hpp"

#include "postgres/roles.hpp"

namespace recon::run {

using namespace recon::postgres;

RunPlan plan_as_owner(std::span<const NullableDatum, run_arguments> arguments) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    try {
        auto plan = make_run_plan(arguments);
        as_owner.finish();
        return plan;
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
}

KeySpool read_source(const RunPlan& plan, const std::string& scan, MemoryContext context,
                     std::span<const Parameter> parameters) {
    RoleScope as_reader(role_named(plan.reader), RoleScope::Mode::restricted);
    KeySpool spool(scan, context, parameters);
    as_reader.finish();
    return spool;
}

} // namespace recon::run
