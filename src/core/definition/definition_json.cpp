#include "core/definition/definition_json.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/definition/number_text.hpp"

namespace recon::definition {
namespace {

// Objects and arrays are written in order; commas are put by what was written before.
class JsonWriter {
  public:
    JsonWriter& open(char bracket) {
        separate();
        text_ += bracket;
        first_ = true;
        return *this;
    }
    JsonWriter& close(char bracket) {
        text_ += bracket;
        first_ = false;
        return *this;
    }
    JsonWriter& name(std::string_view name) {
        separate();
        quote(name);
        text_ += ':';
        first_ = true; // its value follows without a comma
        return *this;
    }
    void value(std::string_view text) {
        separate();
        quote(text);
    }
    void value(double number) { literal(number_text(number)); }
    void value(std::size_t number) { literal(std::to_string(number)); }
    void value(bool is) { literal(is ? "true" : "false"); }
    void null() { literal("null"); }

    template <class T>
    void member(std::string_view key, const T& of) {
        name(key);
        value(of);
    }
    // Empty means: none.
    void optional_member(std::string_view key, const std::string& text) {
        name(key);
        if (text.empty()) {
            null();
        } else {
            value(text);
        }
    }
    template <class T>
    void member(std::string_view key, const std::optional<T>& of) {
        name(key);
        if (of) {
            value(*of);
        } else {
            null();
        }
    }
    void member(std::string_view key, const std::vector<std::string>& texts) {
        name(key).open('[');
        for (const auto& text : texts) {
            value(text);
        }
        close(']');
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void separate() {
        if (!first_) text_ += ',';
        first_ = false;
    }
    void literal(std::string_view text) {
        separate();
        text_ += text;
    }
    void quote(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        text_ += '"';
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (byte == 0) {
                text_ += ' '; // no text of the server holds it
            } else if (byte < 0x20) {
                text_ += "\\u00";
                text_ += digits[byte >> 4];
                text_ += digits[byte & 15U];
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    std::string text_;
    bool first_ = true;
};

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
    json.member("typed_select", definition.typed_select);
    json.member("notes", definition.notes);
    json.close('}');
    return json.take();
}

} // namespace recon::definition
