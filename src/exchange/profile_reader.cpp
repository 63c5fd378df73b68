#include "exchange/profile_reader.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace recon::exchange {

using formats::ColumnKind;
using formats::DateOrder;
using formats::DebitSign;
using formats::FileProfile;
using formats::SniffOptions;
using postgres::JsonValue;

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value,
                         const std::string& allowed) {
    throw Error(ErrorKind::invalid_parameter, "invalid value for option \"" + option + "\"",
                "It is \"" + value + "\".", "Use " + allowed + ".");
}

// A character, or one of the names of those that are hard to write.
char character(const std::string& option, const JsonValue& value, bool may_be_none) {
    const std::string text = value.text();
    if (text == "tab" || text == "\\t") return '\t';
    if (text == "none" || text.empty()) {
        if (may_be_none) return '\0';
    } else if (text.size() == 1 && text[0] != '\n' && text[0] != '\r' && text[0] > 0) {
        return text[0];
    }
    refuse(option, text,
           may_be_none ? "one ASCII character, or none" : "one ASCII character, or tab");
}

std::size_t count_of(const std::string& option, const JsonValue& value) {
    const auto count = value.integer();
    if (count < 0 || count > 10000)
        refuse(option, std::to_string(count), "a number between 0 and 10000");
    return static_cast<std::size_t>(count);
}

char decimal_of(const std::string& option, const JsonValue& value) {
    const std::string text = value.text();
    if (text != "." && text != ",") refuse(option, text, "a point or a comma");
    return text[0];
}

DateOrder order_of(const std::string& option, const JsonValue& value) {
    const auto order = formats::order_named(value.text());
    if (!order) refuse(option, value.text(), "YMD, DMY, MDY, YDM, serial 1900 or serial 1904");
    return *order;
}

DebitSign debit_of(const std::string& option, const JsonValue& value) {
    const std::string text = value.text();
    if (text == "negative") return DebitSign::negative;
    if (text == "positive") return DebitSign::positive;
    refuse(option, text, "negative or positive");
}

ColumnKind kind_of(const std::string& option, const JsonValue& value) {
    const auto kind = formats::kind_named(value.text());
    if (!kind) refuse(option, value.text(), "text, number, date or timestamp");
    return *kind;
}

formats::Encoding encoding_of(const std::string& option, const JsonValue& value) {
    const auto encoding = formats::encoding_named(value.text());
    if (!encoding) refuse(option, value.text(), "UTF8, UTF16LE, UTF16BE, WIN1252 or CP437");
    return *encoding;
}

std::string format_of(const std::string& option, const JsonValue& value) {
    std::string text = value.text();
    for (const std::string_view format : formats::file_formats) {
        if (text == format) return text;
    }
    refuse(option, text, "csv, json, xlsx or sie");
}

struct OptionReader {
    const char* name;
    void (*read)(SniffOptions& to, const std::string& name, const JsonValue& value);
};

// Every option there is.
constexpr OptionReader option_readers[] = {
    {"format", [](SniffOptions& to, const std::string& name,
                  const JsonValue& value) { to.format = format_of(name, value); }},
    {"table",
     [](SniffOptions& to, const std::string&, const JsonValue& value) { to.table = value.text(); }},
    {"encoding", [](SniffOptions& to, const std::string& name,
                    const JsonValue& value) { to.encoding = encoding_of(name, value); }},
    {"delimiter", [](SniffOptions& to, const std::string& name,
                     const JsonValue& value) { to.delimiter = character(name, value, false); }},
    {"quote", [](SniffOptions& to, const std::string& name,
                 const JsonValue& value) { to.quote = character(name, value, true); }},
    {"escape", [](SniffOptions& to, const std::string& name,
                  const JsonValue& value) { to.escape = character(name, value, false); }},
    {"preamble", [](SniffOptions& to, const std::string& name,
                    const JsonValue& value) { to.preamble = count_of(name, value); }},
    {"header_rows", [](SniffOptions& to, const std::string& name,
                       const JsonValue& value) { to.header_rows = count_of(name, value); }},
    {"decimal", [](SniffOptions& to, const std::string& name,
                   const JsonValue& value) { to.decimal = decimal_of(name, value); }},
    {"date_order", [](SniffOptions& to, const std::string& name,
                      const JsonValue& value) { to.date_order = order_of(name, value); }},
    {"debit", [](SniffOptions& to, const std::string& name,
                 const JsonValue& value) { to.debit = debit_of(name, value); }},
    {"types",
     [](SniffOptions& to, const std::string& name, const JsonValue& value) {
         for (const auto& [header, type] : value.members()) {
             to.types.emplace_back(header, kind_of(name, type));
         }
     }},
};

std::string shown_kind(const formats::ColumnProfile& column) {
    std::string text(formats::kind_name(column.kind));
    if (column.kind == ColumnKind::number) text += std::string(", decimal sign ") + column.decimal;
    if (column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp) {
        text += ", " + std::string(formats::order_name(column.order));
    }
    return text;
}

// A column that happens to hold less than its profile allows has not drifted: no decimals this
// month, no cell at all.
bool fits(const formats::ColumnProfile& pinned, const formats::ColumnProfile& found) {
    if (pinned.kind == ColumnKind::text || found.evidence == "no cell is filled") return true;
    if (pinned.kind != found.kind) {
        return pinned.kind == ColumnKind::timestamp && found.kind == ColumnKind::date;
    }
    if (pinned.kind != ColumnKind::number) return pinned.order == found.order;
    return pinned.decimal == found.decimal || !found.shows_decimal;
}

} // namespace

SniffOptions read_options(const JsonValue& options) {
    SniffOptions read;
    for (const auto& [name, value] : options.members()) {
        if (name == "again") continue; // says what is done with the file, not how it is read
        const auto* const reader =
            std::find_if(std::begin(option_readers), std::end(option_readers),
                         [&name = name](const OptionReader& each) { return name == each.name; });
        if (reader == std::end(option_readers)) {
            std::string names;
            for (const auto& each : option_readers) {
                names += (names.empty() ? "" : ", ") + std::string(each.name);
            }
            throw Error(ErrorKind::invalid_parameter, "option \"" + name + "\" does not exist",
                        "How a file is read has these options: " + names + ".");
        }
        reader->read(read, name, value);
    }
    return read;
}

FileProfile read_profile(const JsonValue& profile) {
    FileProfile read;
    read.format = profile.at("format").text();
    read.table = profile.at("table").text();
    read.encoding = encoding_of("encoding", profile.at("encoding"));
    read.dialect.delimiter = character("delimiter", profile.at("delimiter"), false);
    read.dialect.quote = character("quote", profile.at("quote"), true);
    read.dialect.escape = character("escape", profile.at("escape"), true);
    read.dialect.skips_blanks = profile.at("skip_blanks").boolean();
    read.dialect.ends_at_return = profile.at("carriage_return_ends").boolean();
    read.preamble = count_of("preamble", profile.at("preamble"));
    read.header_rows = count_of("header_rows", profile.at("header_rows"));
    read.skips_totals = profile.at("skip_totals").boolean();
    for (const auto& column : profile.at("columns").elements()) {
        formats::ColumnProfile each;
        each.header = column.at("header").text();
        each.kind = kind_of("type", column.at("type"));
        if (const auto decimal = column.find("decimal"))
            each.decimal = decimal_of("decimal", *decimal);
        if (const auto debit = column.find("debit")) each.debit = debit_of("debit", *debit);
        if (const auto order = column.find("date_order")) {
            each.order = order_of("date_order", *order);
        }
        read.columns.push_back(std::move(each));
    }
    read.dialect.fields = read.columns.size();
    return read;
}

SniffOptions options_of(const FileProfile& profile) {
    SniffOptions options;
    options.table = profile.table;
    options.format = profile.format;
    options.encoding = profile.encoding;
    options.delimiter = profile.dialect.delimiter;
    options.quote = profile.dialect.quote;
    options.escape = profile.dialect.escape;
    options.preamble = profile.preamble;
    options.header_rows = profile.header_rows;
    return options;
}

std::vector<std::string> drift(const FileProfile& pinned, const FileProfile& found) {
    std::vector<std::string> differences;
    for (std::size_t i = 0; i < std::max(pinned.columns.size(), found.columns.size()); ++i) {
        const std::string place = "column " + std::to_string(i + 1) + ": ";
        if (i >= found.columns.size()) {
            differences.push_back(place + "\"" + pinned.columns[i].header + "\" is missing");
        } else if (i >= pinned.columns.size()) {
            differences.push_back(place + "\"" + found.columns[i].header +
                                  "\" is not in the profile");
        } else if (pinned.columns[i].header != found.columns[i].header) {
            differences.push_back(place + "\"" + found.columns[i].header + "\" instead of \"" +
                                  pinned.columns[i].header + "\"");
        } else if (found.columns[i].question.empty() &&
                   !fits(pinned.columns[i], found.columns[i])) {
            differences.push_back(place + "\"" + pinned.columns[i].header + "\" holds " +
                                  shown_kind(found.columns[i]) + ", not " +
                                  shown_kind(pinned.columns[i]));
        }
    }
    return differences;
}

} // namespace recon::exchange
