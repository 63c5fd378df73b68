// The records of character-separated text, one after the other, in bounded memory. What is not
// quoted as it should be is read as a person would: see the rules at record_reader.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/text/dialect.hpp"
#include "formats/text/encoding.hpp"

namespace recon::formats {

struct Record {
    std::uint64_t line = 0; // of the file, where it begins; the first is 1
    std::string_view raw;   // without the end of the line
    std::vector<std::string_view> fields;
    std::vector<bool> quoted; // which of them were
    bool repaired = false;    // a quotation mark was not where the dialect allows one

    // Nothing but blanks and delimiters.
    [[nodiscard]] bool is_blank() const noexcept;
};

// Splits one record off the front of `text`. Used by the reader and to try dialects on a sample.
class RecordSplitter {
  public:
    explicit RecordSplitter(const Dialect& dialect) : dialect_(dialect) {}

    // The length of the record with its end of line; 0: the text ends before the record does, and
    // `is_last` says that no more follows (then it is 0 only where the text is empty). The
    // fields of `record` are valid until the next call.
    std::size_t split(std::string_view text, bool is_last, Record& record);

  private:
    struct Field {
        std::size_t at;
        std::size_t length;
        bool stored; // in store_, not in the text
        bool quoted;
    };

    std::size_t split_quoted(std::string_view text, bool is_last);
    std::size_t split_plainly(std::string_view text, bool is_last);
    // Both leave where the field ends, or npos.
    std::size_t quoted_field(std::string_view text, std::size_t at, bool is_last);
    std::size_t plain_field(std::string_view text, std::size_t at);
    void lenient_fields(std::string_view line);
    [[nodiscard]] std::size_t line_end(std::string_view text, std::size_t from) const;
    [[nodiscard]] bool ends_field(std::string_view text, std::size_t at, bool is_last) const;
    [[nodiscard]] bool is_escaped(std::string_view text, std::size_t at) const;
    [[nodiscard]] std::size_t skip_blanks(std::string_view text, std::size_t at) const;
    static std::size_t after_line(std::string_view text, std::size_t end);
    void fill(std::string_view text, Record& record);

    Dialect dialect_;
    std::vector<Field> fields_;
    std::string store_;
    bool broken_ = false;
};

class RecordReader {
  public:
    RecordReader(ByteSource& source, Encoding encoding, const Dialect& dialect)
        : text_(source, encoding), splitter_(dialect) {}

    // The next record; false at the end. One that is longer than `longest_record` raises
    // limit_exceeded.
    bool next(Record& record);
    void rewind();
    // For what follows, from the next record on.
    void set_dialect(const Dialect& dialect) { splitter_ = RecordSplitter(dialect); }

    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return text_.bytes_read(); }

    static constexpr std::size_t longest_record = std::size_t{16} << 20U;

  private:
    TextReader text_;
    RecordSplitter splitter_;
    std::string buffer_;
    std::size_t at_ = 0; // in the buffer, where the next record begins
    std::uint64_t line_ = 1;
    bool ended_ = false;
};

} // namespace recon::formats
