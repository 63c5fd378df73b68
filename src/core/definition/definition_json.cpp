#include "core/definition/definition_json.hpp"

#include <string_view>
#include <vector>

#include "core/base/json_writer.hpp"

namespace recon::definition {
namespace {

void write_measure(JsonWriter& json, const SuggestedMeasure& measure) {
    json.open('{');
    json.member("name", measure.name);
    json.member("expression", measure.expression);
    json.optional_member("a", measure.a);
    json.optional_member("b", measure.b);
    json.optional_member("derived_column", measure.derived);
    json.member("tolerance", measure.tolerance_value);
    json.member("tolerance_expression", measure.tolerance);
    json.optional_member("tolerance_column", measure.tolerance_column);
    json.member("tolerance_reason", measure.tolerance_reason);
    json.member("break_when", measure.break_when);
    json.member("rows_compared", measure.rows_compared);
    json.member("rows_agreeing", measure.rows_agreeing);
    json.member("confidence", measure.confidence);
    json.close('}');
}

} // namespace

std::string definition_json(const SuggestedDefinition& definition) {
    JsonWriter json;
    json.open('{');
    json.member("rows", definition.rows);
    json.name("columns").open('[');
    for (const auto& column : definition.columns) {
        json.open('{');
        json.member("name", column.name);
        json.member("role", std::string_view(role_name(column.role)));
        json.optional_member("partner", column.partner);
        json.member("confidence", column.confidence);
        json.member("reason", column.reason);
        json.close('}');
    }
    json.close(']');
    json.member("key_columns", definition.key_columns);
    json.member("key_confidence", definition.key_confidence);
    json.member("key_reason", definition.key_reason);
    json.member("date_column", definition.date_column);
    json.member("date_format", definition.date_format);
    json.optional_member("date_expression", definition.date_expression);
    json.member("date_ambiguous", definition.date_ambiguous);
    json.member("date_confidence", definition.date_confidence);
    json.member("date_reason", definition.date_reason);
    json.member("criteria_columns", definition.criteria_columns);
    json.member("derived_columns", definition.derived_columns);
    json.name("measures").open('[');
    for (const auto& measure : definition.measures) {
        write_measure(json, measure);
    }
    json.close(']');
    json.name("attributes").open('[');
    for (const auto& pair : definition.attributes) {
        json.open('{');
        json.member("a", pair.a);
        json.member("b", pair.b);
        json.member("rows_compared", pair.rows_compared);
        json.member("rows_equal", pair.rows_equal);
        json.close('}');
    }
    json.close(']');
    json.member("tolerance", definition.tolerance);
    json.optional_member("break_when", definition.break_when);
    json.member("break_confidence", definition.break_confidence);
    json.member("break_reason", definition.break_reason);
    json.member("comment_column", definition.comment_column);
    json.member("currency_column", definition.currency_column);
    json.member("status_column", definition.status_column);
    json.member("label_column", definition.label_column);
    json.member("loaded_at_column", definition.loaded_at_column);
    json.member("identity_column", definition.identity_column);
    json.member("dimension_columns", definition.dimension_columns);
    json.name("decimal_signs").open('{');
    for (const auto& [name, sign] : definition.decimal_signs) {
        json.member(name, std::string_view(&sign, 1));
    }
    json.close('}');
    json.member("notes", definition.notes);
    json.close('}');
    return json.take();
}

} // namespace recon::definition
