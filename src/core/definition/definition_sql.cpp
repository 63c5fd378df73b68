#include "core/definition/definition_sql.hpp"

#include <vector>

#include "core/definition/number_text.hpp"

namespace recon::definition {
namespace {

std::string array_sql(const std::vector<std::string>& texts) {
    std::string sql = "ARRAY[";
    for (const auto& text : texts) {
        if (sql.back() != '[') sql += ", ";
        sql += quote_literal(text);
    }
    return sql + "]";
}

} // namespace

std::string create_call(const SuggestedDefinition& definition, std::string_view name,
                        std::string_view source) {
    std::string sql =
        "SELECT recon_create(" + quote_literal(name) + ", source => " + quote_literal(source);
    const auto add_array = [&sql](const char* argument, const std::vector<std::string>& texts) {
        if (!texts.empty()) sql.append(", ").append(argument).append(" => ") += array_sql(texts);
    };
    const auto add = [&sql](const char* argument, const std::string& text) {
        if (!text.empty()) sql.append(", ").append(argument).append(" => ") += quote_literal(text);
    };
    add_array("key_columns", definition.key_columns);
    add_array("criteria_columns", definition.criteria_columns);
    add_array("derived_columns", definition.derived_columns);
    add("date_column", definition.date_column.value_or(""));
    add("date_format", definition.date_format.value_or(""));
    add("comment_column", definition.comment_column.value_or(""));
    add("currency_column", definition.currency_column.value_or(""));
    add("loaded_at_column", definition.loaded_at_column.value_or(""));
    add("break_when", definition.break_when);
    return sql + ");";
}

} // namespace recon::definition
