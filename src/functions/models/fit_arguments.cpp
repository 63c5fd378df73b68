#include "functions/models/fit_arguments.hpp"

#include "core/base/error.hpp"
#include "postgres/datums.hpp"

namespace recon::functions {

using namespace recon::postgres;

namespace {

[[noreturn]] void refuse(const OptionsWording& wording, const std::string& detail) {
    throw Error(ErrorKind::invalid_parameter,
                std::string(wording.what) + " must be a JSON object of single values", detail,
                "Write them like this: '" + std::string(wording.example) + "'.");
}

} // namespace

models::FitOptions read_fit_options(Datum jsonb, const OptionsWording& wording) {
    models::FitOptions options;
    Jsonb* const json = guarded([=] { return DatumGetJsonbP(jsonb); });
    if (!JB_ROOT_IS_OBJECT(json)) refuse(wording, "It is not an object.");
    JsonbIterator* iterator = guarded([=] { return JsonbIteratorInit(&json->root); });
    JsonbIterator** const at = &iterator;
    JsonbValue value;
    JsonbValue* const into = &value;
    const auto next = [=] { return guarded([=] { return JsonbIteratorNext(at, into, true); }); };
    std::string name;
    for (auto token = next(); token != WJB_DONE; token = next()) {
        if (token == WJB_KEY) {
            name.assign(value.val.string.val, static_cast<std::size_t>(value.val.string.len));
            continue;
        }
        if (token != WJB_VALUE) continue;
        switch (value.type) {
        case jbvNull:
            break;
        case jbvBool:
            options.set(name, value.val.boolean);
            break;
        case jbvNumeric:
            options.set(name, double_of_numeric(NumericGetDatum(value.val.numeric)));
            break;
        case jbvString:
            options.set(name, std::string(value.val.string.val,
                                          static_cast<std::size_t>(value.val.string.len)));
            break;
        default:
            refuse(wording, "Member \"" + name + "\" is an object or an array.");
        }
    }
    return options;
}

} // namespace recon::functions
