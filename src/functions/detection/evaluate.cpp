// recon_evaluate: what would be found (src/run/evaluation.hpp).
#include <algorithm>
#include <array>
#include <string>

#include "core/base/error.hpp"
#include "core/base/said_number.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"
#include "run/evaluation.hpp"
#include "run/source/run_source.hpp"

extern "C" {
#include "utils/date.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using run::EvaluationOptions;
using run::run_arguments;

EvaluationOptions read_options(const Arguments& arguments) {
    EvaluationOptions options;
    const auto rounds = DatumGetInt32(arguments.datum(2));
    if (rounds < 1 || rounds > 1000) {
        throw Error(ErrorKind::invalid_parameter, "rounds must be between 1 and 1000",
                    std::to_string(rounds) + " were asked for.");
    }
    options.rounds = static_cast<std::size_t>(rounds);
    options.share = arguments.float8(3);
    if (!(options.share > 0) || options.share > 0.5) {
        throw Error(ErrorKind::invalid_parameter, "planted must be a share above 0 and at most 0.5",
                    said_number(options.share) + " was asked for.",
                    "0.02 plants an anomaly in 2 of 100 rows.");
    }
    options.seed = static_cast<std::uint64_t>(DatumGetInt64(arguments.datum(4)));
    return options;
}

// recon_evaluate(name, strategy, rounds, planted, seed)
Datum evaluate(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    for (const int required : {0, 2, 3, 4}) {
        if (arguments.is_null(required)) {
            throw Error(ErrorKind::invalid_parameter, "only strategy may be NULL", {},
                        "Leave an argument out to have its default.");
        }
    }
    const auto options = read_options(arguments);
    // The newest date up to today, whatever was judged before; nothing is stored.
    std::array<NullableDatum, run_arguments> asked{};
    asked.fill({0, true});
    asked[0] = {arguments.datum(0), false};
    asked[4] = {DateADTGetDatum(DATEVAL_NOEND), false};
    asked[5] = {arguments.is_null(1) ? Datum{0} : arguments.datum(1), arguments.is_null(1)};
    asked[7] = {BoolGetDatum(false), false};
    auto plan = run::plan_as_owner(asked);
    plan.to_date = plan.today;
    // A plant is judged many times over, by what is built in.
    plan.custom_detectors.clear();
    for (const auto& line : run::evaluate(plan, options)) {
        Datum values[6] = {make_text(line.slice),
                           make_text(line.group),
                           Int64GetDatum(static_cast<std::int64_t>(line.planted)),
                           Int64GetDatum(static_cast<std::int64_t>(line.found)),
                           0,
                           Int64GetDatum(static_cast<std::int64_t>(line.other_alarms))};
        const std::string slice = line.slice;
        bool nulls[6] = {
            false, false, false, false, line.planted == 0, slice == "plant" || slice == "size"};
        if (line.planted > 0) {
            values[4] = make_numeric(
                static_cast<double>(line.found) / static_cast<double>(line.planted), 3);
        }
        answer.add(values, nulls);
    }
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_evaluate, recon::functions::evaluate);
