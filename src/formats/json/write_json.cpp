#include "formats/json/write_json.hpp"

#include <utility>

#include "core/base/json_writer.hpp"

namespace recon::formats {

void JsonRowsWriter::add(const OutRow& row, bool) {
    text_ += text_.empty() ? "[\n" : ",\n";
    text_ += '{';
    for (std::size_t i = 0; i < row.size(); ++i) {
        JsonWriter json;
        json.value(columns_[i].header);
        text_ += (i > 0 ? "," : "") + json.take() + ":";
        // All digits of a number stay: the text of a numeric is a number of JSON, but for NaN.
        const bool is_number =
            row[i] && columns_[i].kind == ColumnKind::number &&
            row[i]->find_first_not_of("0123456789.-eE+") == std::string_view::npos;
        JsonWriter value;
        if (!row[i]) {
            value.null();
        } else if (!is_number) {
            value.value(*row[i]);
        }
        text_ += is_number ? std::string(*row[i]) : value.take();
    }
    text_ += '}';
}

std::string JsonRowsWriter::finish() {
    return text_.empty() ? "[]\n" : std::exchange(text_, {}) + "\n]\n";
}

} // namespace recon::formats
