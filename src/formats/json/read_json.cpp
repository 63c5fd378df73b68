#include "formats/json/read_json.hpp"

#include <map>
#include <nlohmann/json.hpp>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/json_writer.hpp"

namespace recon::formats {
namespace {

using nlohmann::json;

constexpr std::size_t deepest = 100;

// One table in the making: a row is a list of (column, text).
struct Table {
    Grid grid;
    std::map<std::string, std::size_t, std::less<>> columns;
    std::size_t bytes = 0;

    std::size_t column(const std::string& name) {
        const auto [found, is_new] = columns.emplace(name, columns.size());
        if (is_new) {
            auto& names = grid.rows.front();
            names.cells.push_back(name);
            names.plain.push_back(false);
        }
        return found->second;
    }
};

class TableHandler final : public nlohmann::json_sax<json> {
  public:
    std::vector<Grid> take() {
        std::vector<Grid> grids;
        for (auto& path : order_) {
            auto& grid = tables_.at(path).grid;
            if (grid.rows.size() > 1) grids.push_back(std::move(grid));
        }
        return grids;
    }

    bool null() override {
        if (array_depth_ == 0) return value({}, false);
        separate();
        text_ += "null";
        first_ = false;
        return true;
    }
    bool boolean(bool is) override { return value(is ? "true" : "false", false); }
    bool number_integer(number_integer_t number) override {
        return value(std::to_string(number), true);
    }
    bool number_unsigned(number_unsigned_t number) override {
        return value(std::to_string(number), true);
    }
    bool number_float(number_float_t, const string_t& text) override { return value(text, true); }
    bool string(string_t& text) override { return value(text, false); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override {
        enter();
        if (array_depth_ > 0) {
            separate();
            text_ += '{';
            stack_.push_back({false, {}, true});
        } else if (row_depth_ == 0 && (stack_.empty() || stack_.back().is_array)) {
            begin_row();
        } else {
            stack_.push_back({false, {}, false});
            if (row_depth_ > 0) ++row_depth_;
        }
        return true;
    }
    bool key(string_t& name) override {
        if (array_depth_ > 0) {
            separate();
            quote(name);
            text_ += ':';
            first_ = true;
        } else {
            stack_.back().key = name;
        }
        return true;
    }
    bool end_object() override {
        const bool written = stack_.back().is_text;
        stack_.pop_back();
        if (written) {
            text_ += '}';
            first_ = false;
        } else if (row_depth_ > 0) {
            --row_depth_;
        }
        return true;
    }
    bool start_array(std::size_t) override {
        enter();
        if (row_depth_ > 0) {
            if (array_depth_++ > 0) separate();
            text_ += '[';
            first_ = true;
        }
        stack_.push_back({true, {}, row_depth_ > 0});
        return true;
    }
    bool end_array() override {
        const bool written = stack_.back().is_text;
        stack_.pop_back();
        if (!written) return true;
        text_ += ']';
        first_ = false;
        if (--array_depth_ == 0) {
            put(std::exchange(text_, {}), false);
        }
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& error) override {
        std::string reason = error.what();
        const auto colon = reason.rfind(": ");
        throw Error(ErrorKind::invalid_data, "the file is not JSON",
                    "At byte " + std::to_string(position) + ": " +
                        (colon == std::string::npos ? reason : reason.substr(colon + 2)) + ".",
                    "Ask whether the export has finished, or name the format of the file.");
    }

  private:
    struct Level {
        bool is_array;
        std::string key; // of an object, the member that is read
        bool is_text;    // within an array of a row
    };

    void enter() {
        if (stack_.size() < deepest) return;
        throw Error(ErrorKind::limit_exceeded, "the file nests deeper than 100 levels");
    }
    void separate() {
        if (!first_) text_ += ',';
        first_ = true;
    }
    void quote(const std::string& text) {
        JsonWriter writer;
        writer.value(text);
        text_ += writer.take();
    }

    [[nodiscard]] std::string path() const {
        std::string path;
        for (const auto& level : stack_) {
            if (level.is_array || level.key.empty()) continue;
            path += (path.empty() ? "" : ".") + level.key;
        }
        return path;
    }

    void begin_row() {
        const std::string where = path();
        const auto [found, is_new] = tables_.try_emplace(where);
        table_ = &found->second;
        if (is_new) {
            order_.push_back(where);
            table_->grid.name = where;
            table_->grid.has_names = true;
            table_->grid.rows.emplace_back();
            table_->grid.rows.front().line = 0;
        }
        row_at_ = stack_.size();
        stack_.push_back({false, {}, false});
        // An object that stands alone may hold the tables; it is a row where it holds values.
        row_depth_ = stack_.size() == 1 ? 0 : 1;
        if (row_depth_ > 0) add_row();
    }
    void add_row() {
        if ((table_->grid.rows.size() & 255U) == 0) poll_interrupt();
        auto& row = table_->grid.rows.emplace_back();
        row.line = ++rows_;
    }

    // A value of a row; outside of every row, one of an object that stands alone, which makes that
    // a row.
    bool value(const std::string& text, bool is_number) {
        if (array_depth_ > 0) {
            separate();
            if (is_number || text == "true" || text == "false") {
                text_ += text;
            } else {
                quote(text);
            }
            first_ = false;
            return true;
        }
        if (stack_.empty() || stack_.back().is_array) return true; // no object: no row
        if (row_depth_ == 0) {
            if (stack_.size() != 1 || !is_line_) return true;
            row_depth_ = 1;
            add_row();
        }
        put(text, is_number);
        return true;
    }
    void put(const std::string& text, bool is_number) {
        std::string name;
        for (std::size_t i = row_at_; i < stack_.size(); ++i) {
            name += (name.empty() ? "" : ".") + stack_[i].key;
        }
        const auto at = table_->column(name);
        auto& row = table_->grid.rows.back();
        if (row.cells.size() <= at) {
            row.cells.resize(at + 1);
            row.plain.resize(at + 1);
        }
        row.cells[at] = text;
        row.plain[at] = is_number;
        table_->bytes += text.size() + sizeof(std::string);
        if (table_->bytes > most_grid_bytes) {
            throw Error(ErrorKind::limit_exceeded, "the table of the file is larger than 1 GB");
        }
    }

    std::map<std::string, Table> tables_;
    std::vector<std::string> order_;
    Table* table_ = nullptr;
    std::vector<Level> stack_;
    std::size_t row_at_ = 0;
    std::size_t row_depth_ = 0;   // objects of the row that are open
    std::size_t array_depth_ = 0; // arrays within the row that are open
    std::string text_;            // such an array, as JSON
    bool first_ = true;
    std::uint64_t rows_ = 0;

  public:
    bool is_line_ = false; // objects that stand alone are rows
};

// Several values, one behind the other: each is one line of JSON lines.
std::size_t end_of_value(std::string_view bytes, std::size_t from) {
    const auto end = bytes.find('\n', from);
    return end == std::string_view::npos ? bytes.size() : end;
}

// The first line is a whole object. One that stands alone may as well be a document.
bool is_lines(std::string_view bytes) {
    const auto first = bytes.substr(0, end_of_value(bytes, 0));
    const auto begin = trimmed(first);
    return !begin.empty() && begin.front() == '{' && begin.back() == '}' && json::accept(begin);
}

void read_lines(std::string_view bytes, TableHandler& handler) {
    handler.is_line_ = true;
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto end = end_of_value(bytes, at);
        const auto line = trimmed(bytes.substr(at, end - at));
        if (!line.empty()) (void)json::sax_parse(line, &handler);
        at = end + 1;
    }
}

} // namespace

std::vector<Grid> read_json(std::string_view bytes) {
    if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
    const bool lines = is_lines(bytes);
    const bool alone = lines && trimmed(bytes.substr(end_of_value(bytes, 0))).empty();
    if (!lines || alone) {
        TableHandler document;
        (void)json::sax_parse(bytes, &document);
        auto grids = document.take();
        if (!grids.empty() || !alone) return grids;
    }
    TableHandler handler;
    read_lines(bytes, handler);
    return handler.take();
}

} // namespace recon::formats
