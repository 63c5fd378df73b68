#include "postgres/json_value.hpp"

#include <cstring>

#include "core/base/error.hpp"
#include "postgres/datums.hpp"

namespace recon::postgres {

namespace {

std::string string_of(const JsonbValue& value) {
    return {value.val.string.val, static_cast<std::size_t>(value.val.string.len)};
}

} // namespace

JsonValue::JsonValue(Datum jsonb, std::string what, Origin origin)
    : what_(std::move(what)), origin_(origin) {
    value_.type = jbvBinary;
    value_.val.binary.data = guarded([=] { return &DatumGetJsonbP(jsonb)->root; });
    value_.val.binary.len = 0;
}

void JsonValue::refuse(const char* wanted) const {
    throw Error(origin_ == Origin::caller ? ErrorKind::invalid_parameter : ErrorKind::internal,
                what_ + " is not " + wanted);
}

JsonbContainer* JsonValue::container(bool is_object) const {
    JsonbContainer* const all = value_.type == jbvBinary ? value_.val.binary.data : nullptr;
    const bool fits =
        all != nullptr && (is_object ? JsonContainerIsObject(all) : JsonContainerIsArray(all));
    if (!fits) refuse(is_object ? "an object" : "an array");
    return all;
}

std::optional<JsonValue> JsonValue::find(const char* name) const {
    JsonbContainer* const all = container(true);
    const auto length = static_cast<int>(strlen(name));
    JsonbValue found{};
    JsonbValue* const into = &found;
    const bool is_there =
        guarded([=] { return getKeyJsonValueFromContainer(all, name, length, into) != nullptr; });
    if (!is_there || found.type == jbvNull) return std::nullopt;
    return JsonValue(found, "\"" + std::string(name) + "\" of " + what_, origin_);
}

JsonValue JsonValue::at(const char* name) const {
    auto found = find(name);
    if (!found && origin_ == Origin::caller) {
        throw Error(ErrorKind::invalid_parameter, what_ + " has no \"" + name + "\"");
    }
    if (!found) {
        throw Error(ErrorKind::internal, what_ + " has no \"" + name + "\"", "",
                    "The library and the SQL objects of the extension may be of different "
                    "versions: run ALTER EXTENSION recon UPDATE.");
    }
    return std::move(*found);
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members() const {
    JsonbContainer* const all = container(true);
    JsonbIterator* iterator = guarded([=] { return JsonbIteratorInit(all); });
    JsonbIterator** const at = &iterator;
    JsonbValue token;
    JsonbValue* const into = &token;
    std::vector<std::pair<std::string, JsonValue>> found;
    std::string name;
    for (;;) {
        const auto kind = guarded([=] { return JsonbIteratorNext(at, into, true); });
        if (kind == WJB_DONE) return found;
        if (kind == WJB_KEY) {
            name = string_of(token);
        } else if (kind == WJB_VALUE) {
            found.emplace_back(name, JsonValue(token, "\"" + name + "\" of " + what_, origin_));
        }
    }
}

std::vector<JsonValue> JsonValue::elements() const {
    JsonbContainer* const all = container(false);
    std::vector<JsonValue> found;
    const auto count = JsonContainerSize(all);
    found.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const JsonbValue* const element =
            guarded([=] { return getIthJsonbValueFromContainer(all, i); });
        found.push_back(JsonValue(*element, "an element of " + what_, origin_));
    }
    return found;
}

bool JsonValue::boolean() const {
    if (value_.type != jbvBool) refuse("true or false");
    return value_.val.boolean;
}

double JsonValue::number() const {
    if (value_.type != jbvNumeric) refuse("a number");
    return double_of_numeric(NumericGetDatum(value_.val.numeric));
}

std::int64_t JsonValue::integer() const {
    if (value_.type != jbvNumeric) refuse("a number");
    const Datum number = NumericGetDatum(value_.val.numeric);
    return guarded([=] { return DatumGetInt64(DirectFunctionCall1(numeric_int8, number)); });
}

std::string JsonValue::text() const {
    if (value_.type != jbvString) refuse("a text");
    return string_of(value_);
}

std::int32_t JsonValue::date() const {
    const auto written = text();
    const char* const day = written.c_str();
    return guarded(
        [=] { return DatumGetDateADT(DirectFunctionCall1(date_in, CStringGetDatum(day))); });
}

std::int64_t JsonValue::moment() const {
    const auto written = text();
    const char* const moment = written.c_str();
    return guarded([=] {
        return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(moment),
                                                       ObjectIdGetDatum(InvalidOid),
                                                       Int32GetDatum(-1)));
    });
}

std::string JsonValue::json() const {
    if (value_.type != jbvBinary) refuse("an object or an array");
    JsonbContainer* const all = value_.val.binary.data;
    return guarded([=] { return JsonbToCString(nullptr, all, 64); });
}

} // namespace recon::postgres
