#include "formats/xlsx/write_xlsx.hpp"

#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/error.hpp"
#include "formats/values/moment.hpp"

namespace recon::formats {
namespace {

constexpr lxw_color_t highlight = 0xFDE9D9;
constexpr lxw_color_t header_fill = 0x1F3A5F;
constexpr std::uint32_t most_rows = 1048576;

// What a spreadsheet holds without loss: 15 digits. Longer numbers are written as text.
bool fits_double(std::string_view number) {
    const auto digits =
        std::count_if(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits <= 15;
}

// A file in the temporary folder, which nobody else reads; its name is free again once it is read.
std::string temporary_file() {
    const char* const folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/recon-export-XXXXXX";
    const int file = mkstemp(path.data());
    if (file < 0) {
        throw Error(ErrorKind::not_available, "could not make a temporary file for the workbook",
                    "It was to be \"" + path + "\".", "Look whether the disk is full.");
    }
    close(file);
    return path;
}

} // namespace

XlsxWriter::XlsxWriter(const std::vector<OutColumn>& columns, const std::string& sheet)
    : columns_(columns), path_(temporary_file()) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    workbook_ = workbook_new_opt(path_.c_str(), &options);
    // A sheet's name has at most 31 characters, and none of []:*?/\ in it.
    std::string name;
    for (const char c : sheet) {
        if (std::string_view("[]:*?/\\'").find(c) == std::string_view::npos && name.size() < 31 &&
            c > 0) {
            name += c;
        }
    }
    sheet_ = workbook_add_worksheet(workbook_, name.empty() ? "Verdicts" : name.c_str());
    plain_ = make_formats(false);
    highlighted_ = make_formats(true);
    set_up_columns();
}

XlsxWriter::~XlsxWriter() {
    if (workbook_ != nullptr) lxw_workbook_free(workbook_);
    if (!path_.empty()) unlink(path_.c_str());
}

XlsxWriter::Formats XlsxWriter::make_formats(bool is_highlighted) {
    const auto make = [&](const char* code) {
        lxw_format* const format = workbook_add_format(workbook_);
        format_set_num_format(format, code);
        if (is_highlighted) format_set_bg_color(format, highlight);
        return format;
    };
    return {make("#,##0.00##"), make("yyyy-mm-dd"), make("yyyy-mm-dd hh:mm:ss"), make("@")};
}

void XlsxWriter::set_up_columns() {
    lxw_format* const header = workbook_add_format(workbook_);
    format_set_bold(header);
    format_set_font_color(header, 0xFFFFFF);
    format_set_bg_color(header, header_fill);
    format_set_text_wrap(header);
    const auto last = static_cast<lxw_col_t>(columns_.size() - 1);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& column = columns_[i];
        const auto at = static_cast<lxw_col_t>(i);
        const bool is_long = column.header == "Reason" || column.header == "Recommended Action" ||
                             column.header == "Comment";
        const double width =
            is_long ? 60 : std::clamp(static_cast<double>(column.header.size()) + 3, 12.0, 28.0);
        worksheet_set_column(sheet_, at, at, width, nullptr);
        if (column.choices.empty()) continue;
        std::vector<const char*> choices;
        for (const auto& choice : column.choices) {
            choices.push_back(choice.c_str());
        }
        choices.push_back(nullptr);
        lxw_data_validation list{};
        list.validate = LXW_VALIDATION_TYPE_LIST;
        // Not const in every version of the library, which only reads it.
        list.value_list = const_cast<decltype(list.value_list)>(choices.data());
        worksheet_data_validation_range(sheet_, 1, at, most_rows - 1, at, &list);
    }
    worksheet_freeze_panes(sheet_, 1, 0);
    worksheet_repeat_rows(sheet_, 0, 0);
    worksheet_set_landscape(sheet_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        worksheet_write_string(sheet_, 0, static_cast<lxw_col_t>(i), columns_[i].header.c_str(),
                               header);
    }
    worksheet_autofilter(sheet_, 0, 0, most_rows - 1, last);
    rows_ = 1;
}

void XlsxWriter::write(std::uint32_t row, std::size_t column, std::string_view value,
                       const Formats& formats) {
    const auto at = static_cast<lxw_col_t>(column);
    const auto kind = columns_[column].kind;
    if (kind == ColumnKind::number && fits_double(value)) {
        double number = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
        if (read.ec == std::errc() && read.ptr == value.data() + value.size()) {
            worksheet_write_number(sheet_, row, at, number, formats.number);
            return;
        }
    }
    if (kind == ColumnKind::date || kind == ColumnKind::timestamp) {
        const auto moment = read_moment(value, DateOrder::year_month_day);
        // Spreadsheets know no day before 1900-03-01 that all of them count alike.
        if (moment && moment->day >= *find_day(1900, 3, 1) &&
            moment->day <= *find_day(9999, 12, 31)) {
            const double serial = moment->day - *find_day(1899, 12, 30) +
                                  static_cast<double>(moment->microseconds) / 86400e6;
            worksheet_write_number(sheet_, row, at, serial,
                                   kind == ColumnKind::date ? formats.date : formats.timestamp);
            return;
        }
    }
    // A cell holds 32767 characters at most; what is beyond is cut, at a character's end.
    constexpr std::size_t most_bytes = 32767;
    std::string text(value);
    if (text.size() > most_bytes) {
        std::size_t end = most_bytes;
        while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
            --end;
        }
        text.resize(end);
    }
    worksheet_write_string(sheet_, row, at, text.c_str(), formats.text);
}

void XlsxWriter::add(const OutRow& row, bool is_highlighted) {
    if (rows_ >= most_rows) {
        throw Error(ErrorKind::limit_exceeded, "the table has more rows than a sheet can hold",
                    "A sheet has at most 1048576 rows.", "Export it as CSV.");
    }
    const auto& formats = is_highlighted ? highlighted_ : plain_;
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i] && !row[i]->empty()) {
            write(rows_, i, *row[i], formats);
        } else if (is_highlighted) {
            worksheet_write_blank(sheet_, rows_, static_cast<lxw_col_t>(i), formats.text);
        }
    }
    ++rows_;
}

std::string XlsxWriter::finish() {
    lxw_workbook* const workbook = std::exchange(workbook_, nullptr);
    const auto error = workbook_close(workbook);
    if (error != LXW_NO_ERROR) {
        throw Error(ErrorKind::not_available, "the workbook could not be written",
                    std::string(lxw_strerror(error)) + ".", "Look whether the disk is full.");
    }
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace recon::formats
