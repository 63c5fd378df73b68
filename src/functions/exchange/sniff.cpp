// recon_sniff(content, options): how a file would be read, with what decided it.
#include "core/definition/number_text.hpp"
#include "exchange/open_file.hpp"
#include "exchange/profile_reader.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

void add(ResultSet& answer, const formats::Finding& finding) {
    const Datum values[] = {make_text(finding.part), make_text(finding.value),
                            make_numeric(finding.confidence, 2), make_text(finding.evidence)};
    const bool nulls[] = {false, false, false, false};
    answer.add(values, nulls);
}

Datum sniff(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    const auto bytes = bytes_of(arguments.datum(0));
    formats::MemorySource source({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    exchange::OpenFile file(source, exchange::read_options(JsonValue(arguments.datum(1), "options",
                                                                     JsonValue::Origin::caller)));
    const auto& found = file.found();
    double least = 1;
    for (const auto& finding : found.findings) {
        add(answer, finding);
        least = std::min(least, finding.confidence);
    }
    const std::string json = formats::profile_json(found.profile);
    constexpr std::string_view mark = "$profile$";
    const std::string literal = json.find(mark) == std::string::npos
                                    ? std::string(mark) + json + std::string(mark)
                                    : definition::quote_literal(json);
    add(answer, {"profile", "SELECT recon_pin_profile('my_file', " + literal + ");", least,
                 "pins all of the above under a name"});
    return 0;
}

// recon.check_profile(profile): reading it raises what is wrong with it.
Datum check_profile(FunctionCallInfo fcinfo) {
    (void)exchange::read_profile(
        JsonValue(Arguments(fcinfo).datum(0), "profile", JsonValue::Origin::caller));
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_sniff, recon::functions::sniff);
RECON_FUNCTION(recon_check_profile, recon::functions::check_profile);
