#include "formats/table/profile.hpp"

#include "core/base/json_writer.hpp"

namespace recon::formats {
namespace {

std::string character(char c) {
    return c == '\0' ? std::string() : std::string(1, c);
}

void write_column(JsonWriter& json, const ColumnProfile& column) {
    json.open('{');
    json.member("header", column.header);
    json.member("type", kind_name(column.kind));
    if (column.kind == ColumnKind::number) {
        json.member("decimal", character(column.decimal));
        json.member("debit", column.debit == DebitSign::negative ? "negative" : "positive");
    }
    if (column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp) {
        json.member("date_order", order_name(column.order));
    }
    json.close('}');
}

} // namespace

std::vector<std::string> Sniffed::questions() const {
    std::vector<std::string> questions;
    for (const auto& column : profile.columns) {
        if (!column.question.empty()) {
            questions.push_back("column \"" + column.header + "\": " + column.question);
        }
    }
    return questions;
}

std::string profile_json(const FileProfile& profile) {
    JsonWriter json;
    json.open('{');
    json.member("format", profile.format);
    json.member("table", profile.table);
    json.member("encoding", encoding_name(profile.encoding));
    json.member("delimiter", character(profile.dialect.delimiter));
    json.member("quote", character(profile.dialect.quote));
    json.member("escape", character(profile.dialect.escape));
    json.member("skip_blanks", profile.dialect.skips_blanks);
    json.member("carriage_return_ends", profile.dialect.ends_at_return);
    json.member("preamble", profile.preamble);
    json.member("header_rows", profile.header_rows);
    json.member("skip_totals", profile.skips_totals);
    json.name("columns").open('[');
    for (const auto& column : profile.columns) {
        write_column(json, column);
    }
    json.close(']').close('}');
    return json.take();
}

} // namespace recon::formats
