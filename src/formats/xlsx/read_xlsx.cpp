#include "formats/xlsx/read_xlsx.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "core/base/error.hpp"
#include "formats/values/moment.hpp"
#include "formats/xlsx/archive.hpp"
#include "formats/xlsx/cell_format.hpp"
#include "formats/xlsx/cell_text.hpp"
#include "formats/xlsx/xml_events.hpp"

namespace recon::formats {
namespace {

int number_of(std::string_view text) {
    return std::atoi(std::string(text).c_str());
}

// xl/_rels/workbook.xml.rels: where parts are.
class Relations final : public XmlHandler {
  public:
    void begin(std::string_view element, const XmlAttributes& attributes) override {
        if (element != "Relationship") return;
        std::string target(attributes.get("Target"));
        target = target.substr(0, 1) == "/" ? target.substr(1) : "xl/" + target;
        targets[std::string(attributes.get("Id"))] = target;
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    std::map<std::string, std::string> targets;
};

class Workbook final : public XmlHandler {
  public:
    struct Sheet {
        std::string name;
        std::string relation;
    };

    void begin(std::string_view element, const XmlAttributes& attributes) override {
        if (element == "workbookPr") {
            const auto epoch = attributes.get("date1904");
            starts_1904 = epoch == "1" || epoch == "true";
        } else if (element == "sheet") {
            sheets.push_back(
                {std::string(attributes.get("name")), std::string(attributes.get("id"))});
        }
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    std::vector<Sheet> sheets;
    bool starts_1904 = false;
};

// Which styles show dates.
class Styles final : public XmlHandler {
  public:
    void begin(std::string_view element, const XmlAttributes& attributes) override {
        if (element == "numFmt") {
            dates_[number_of(attributes.get("numFmtId"))] =
                is_date_format(attributes.get("formatCode"));
        } else if (element == "cellXfs") {
            inside_ = true;
        } else if (element == "xf" && inside_) {
            const int number = number_of(attributes.get("numFmtId"));
            const auto custom = dates_.find(number);
            is_date.push_back(custom != dates_.end() ? custom->second : is_date_format(number));
        }
    }
    void end(std::string_view element) override {
        if (element == "cellXfs") inside_ = false;
    }
    void text(std::string_view) override {}

    std::vector<bool> is_date;

  private:
    std::map<int, bool> dates_;
    bool inside_ = false;
};

// The texts that cells share; what is said of their pronunciation (rPh) is no part of them.
class SharedStrings final : public XmlHandler {
  public:
    void begin(std::string_view element, const XmlAttributes&) override {
        if (element == "si") {
            texts.emplace_back();
        } else if (element == "rPh") {
            silent_ = true;
        } else if (element == "t") {
            inside_ = !silent_;
        }
    }
    void end(std::string_view element) override {
        if (element == "rPh") silent_ = false;
        if (element == "t") inside_ = false;
    }
    void text(std::string_view piece) override {
        if (!inside_ || texts.empty()) return;
        bytes_ += piece.size();
        if (bytes_ > most_grid_bytes) {
            throw Error(ErrorKind::limit_exceeded,
                        "the texts of the workbook are larger than 1 GB");
        }
        texts.back() += piece;
    }

    std::vector<std::string> texts;

  private:
    bool inside_ = false;
    bool silent_ = false;
    std::size_t bytes_ = 0;
};

class Sheet final : public XmlHandler {
  public:
    Sheet(const SharedStrings& shared, const Styles& styles, bool starts_1904)
        : shared_(shared), styles_(styles),
          epoch_(starts_1904 ? DateOrder::serial_1904 : DateOrder::serial_1900) {}

    void begin(std::string_view element, const XmlAttributes& attributes) override {
        if (element == "row") {
            const auto number = attributes.get("r");
            line_ = number.empty() ? line_ + 1
                                   : std::strtoull(std::string(number).c_str(), nullptr, 10);
            open_row();
            column_ = 0;
        } else if (element == "c") {
            const auto place = attributes.get("r");
            column_ = place.empty() ? column_ : column_number(place);
            type_ = attributes.get("t");
            style_ = static_cast<std::size_t>(number_of(attributes.get("s")));
            value_.clear();
        } else if (element == "v" || (element == "t" && !silent_)) {
            inside_ = true;
        } else if (element == "rPh") {
            silent_ = true;
        }
    }
    void end(std::string_view element) override {
        if (element == "v" || element == "t") inside_ = false;
        if (element == "rPh") silent_ = false;
        if (element != "c") return;
        put();
        ++column_;
    }
    void text(std::string_view piece) override {
        if (inside_) value_ += piece;
    }

    Grid grid;

  private:
    void open_row() {
        // A sheet has at most as many rows; a number beyond that, or one that goes back, is no
        // place.
        constexpr std::uint64_t most_rows = 1048576;
        if (line_ == 0 || line_ > most_rows || line_ < grid.rows.size() + 1) {
            throw Error(ErrorKind::invalid_data, "the workbook cannot be read",
                        "Row " + std::to_string(line_) + " is not where rows can be.");
        }
        while (grid.rows.size() < line_) {
            grid.rows.emplace_back();
            grid.rows.back().line = grid.rows.size();
        }
    }
    void put() {
        if (value_.empty() || grid.rows.empty()) return;
        bool plain = false;
        std::string text = read(plain);
        constexpr std::size_t most_columns = 16384;
        if (column_ >= most_columns) {
            throw Error(ErrorKind::invalid_data, "the workbook cannot be read",
                        "A row has more than 16384 columns.");
        }
        auto& row = grid.rows.back();
        if (row.cells.size() <= column_) {
            row.cells.resize(column_ + 1);
            row.plain.resize(column_ + 1);
        }
        bytes_ += text.size() + sizeof(std::string);
        if (bytes_ > most_grid_bytes) {
            throw Error(ErrorKind::limit_exceeded, "a sheet of the workbook is larger than 1 GB");
        }
        row.cells[column_] = std::move(text);
        row.plain[column_] = plain;
    }
    std::string read(bool& plain) {
        if (type_ == "s") {
            const auto at = static_cast<std::size_t>(number_of(value_));
            if (at >= shared_.texts.size()) {
                throw Error(ErrorKind::invalid_data, "the workbook cannot be read",
                            "A cell of row " + std::to_string(line_) +
                                " refers to a text that is not there.");
            }
            return shared_.texts[at];
        }
        if (type_ == "b") return value_ == "1" ? "TRUE" : "FALSE";
        if (type_ == "str" || type_ == "inlineStr" || type_ == "e" || type_ == "d") return value_;
        plain = true;
        const bool dated = style_ < styles_.is_date.size() && styles_.is_date[style_];
        return number_cell(value_, dated, epoch_);
    }

    const SharedStrings& shared_;
    const Styles& styles_;
    DateOrder epoch_;
    std::uint64_t line_ = 0;
    std::size_t column_ = 0;
    std::string type_;
    std::size_t style_ = 0;
    std::string value_;
    bool inside_ = false;
    bool silent_ = false;
    std::size_t bytes_ = 0;
};

void parse_part(Archive& archive, const std::string& part, XmlHandler& handler) {
    parse_xml(
        "part \"" + part + "\" of the workbook",
        [&](const std::function<void(std::string_view)>& take) { archive.read(part, take); },
        handler);
}

} // namespace

std::vector<Grid> read_xlsx(std::string_view bytes) {
    Archive archive(bytes);
    if (!archive.has("xl/workbook.xml")) {
        throw Error(ErrorKind::invalid_data, "the file is not an .xlsx workbook",
                    "It is a zip archive without the part \"xl/workbook.xml\".",
                    "Unpack it and import what is in it, or save the workbook as .xlsx.");
    }
    Relations relations;
    parse_part(archive, "xl/_rels/workbook.xml.rels", relations);
    Workbook workbook;
    parse_part(archive, "xl/workbook.xml", workbook);
    Styles styles;
    if (archive.has("xl/styles.xml")) parse_part(archive, "xl/styles.xml", styles);
    SharedStrings shared;
    if (archive.has("xl/sharedStrings.xml")) parse_part(archive, "xl/sharedStrings.xml", shared);
    std::vector<Grid> grids;
    for (const auto& listed : workbook.sheets) {
        const auto target = relations.targets.find(listed.relation);
        // Sheets of charts are parts of another kind.
        if (target == relations.targets.end() ||
            target->second.find("worksheets/") == std::string::npos) {
            continue;
        }
        Sheet sheet(shared, styles, workbook.starts_1904);
        parse_part(archive, target->second, sheet);
        sheet.grid.name = listed.name;
        for (auto& grid : split_tables(std::move(sheet.grid))) {
            grids.push_back(std::move(grid));
        }
    }
    return grids;
}

} // namespace recon::formats
