// recon.parse_date(text, format) and recon.parse_number(text, decimal_sign): dates and amounts kept
// as text. A text that is none is no error but NULL: one bad row does not sink a file. It is
// counted as a row without date, or its amount as a missing side.
#include "core/base/error.hpp"
#include "core/definition/date_text.hpp"
#include "core/definition/number_text.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;
using definition::DateOrder;

// Which of the numbers comes first is all that a to_date format adds to what the text itself shows.
DateOrder order_of(const std::string& format) {
    const auto day = format.find("DD");
    const auto month = std::min(format.find("MM"), format.find("MON"));
    const auto year = format.find("YY");
    if (year < day && year < month) return DateOrder::year_first;
    return day < month ? DateOrder::day_first : DateOrder::month_first;
}

Datum parse_date(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto format = arguments.text(1);
    for (char& letter : format) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    const auto text = arguments.text(0);
    const auto fields = definition::read_date_fields(text);
    const auto days = fields ? definition::date_days(*fields, order_of(format)) : std::nullopt;
    if (!days) {
        fcinfo->isnull = true;
        return 0;
    }
    return DateADTGetDatum(*days);
}

char decimal_sign_of(const std::string& sign) {
    if (sign == "." || sign == ",") return sign.front();
    throw Error(ErrorKind::invalid_parameter, "a decimal sign is a point or a comma",
                "It is \"" + sign + "\".");
}

Datum parse_number(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const char sign = decimal_sign_of(arguments.text(1));
    const auto plain = definition::plain_number(arguments.text(0), sign);
    if (!plain) {
        fcinfo->isnull = true;
        return 0;
    }
    const char* const text = plain->c_str();
    return guarded([=] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
                                   Int32GetDatum(-1));
    });
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_parse_date, recon::functions::parse_date);
RECON_FUNCTION(recon_parse_number, recon::functions::parse_number);
