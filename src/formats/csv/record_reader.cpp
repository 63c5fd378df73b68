// How quotation marks are read:
// * A field that begins with one ends at the next that stands before a delimiter or the end of the
//   line; a doubled (or escaped) one inside is one character.
// * One inside that stands before anything else breaks the rule. Then, and where the end of the
// file
//   comes before the mark that closes the field, the line is split again by itself, with marks that
//   close nothing taken as characters; the split that has the expected number of fields is kept.
// * A mark that is not at the beginning of a field is a character.
#include "formats/csv/record_reader.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/error.hpp"

namespace recon::formats {

bool Record::is_blank() const noexcept {
    return std::all_of(fields.begin(), fields.end(), [](std::string_view field) {
        return field.find_first_not_of(" \t\r\n") == std::string_view::npos;
    });
}

std::size_t RecordSplitter::skip_blanks(std::string_view text, std::size_t at) const {
    if (dialect_.skips_blanks) {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t') &&
               text[at] != dialect_.delimiter) {
            ++at;
        }
    }
    return at;
}

std::size_t RecordSplitter::line_end(std::string_view text, std::size_t from) const {
    if (!dialect_.ends_at_return) {
        // A return before the line feed is cut off where the line is used.
        return std::min(text.find('\n', from), text.size());
    }
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '\n' || text[i] == '\r') return i;
    }
    return text.size();
}

std::size_t RecordSplitter::after_line(std::string_view text, std::size_t end) {
    if (end >= text.size()) return text.size();
    return end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
}

bool RecordSplitter::ends_field(std::string_view text, std::size_t at, bool is_last) const {
    at = skip_blanks(text, at);
    if (at >= text.size()) return is_last;
    return text[at] == dialect_.delimiter || text[at] == '\n' || text[at] == '\r';
}

// A mark or an escape that stands for the character behind it.
bool RecordSplitter::is_escaped(std::string_view text, std::size_t at) const {
    if (text[at] != dialect_.escape || at + 1 >= text.size()) return false;
    const char next = text[at + 1];
    return next == dialect_.quote || next == dialect_.escape;
}

// `at` is behind the opening mark.
std::size_t RecordSplitter::quoted_field(std::string_view text, std::size_t at, bool is_last) {
    const std::size_t begin = at;
    const std::size_t stored_at = store_.size();
    std::size_t copied = begin; // what is before it is in the store, once a mark was taken out
    bool stored = false;
    const auto keep = [&](std::size_t end, std::size_t go_on) {
        store_.append(text.substr(copied, end - copied));
        stored = true;
        copied = go_on;
    };
    while (at < text.size()) {
        if (is_escaped(text, at)) {
            keep(at, at + 1);
            at += 2;
        } else if (text[at] != dialect_.quote) {
            ++at;
        } else if (at + 1 >= text.size() && !is_last) {
            return std::string_view::npos; // what follows the mark is not known yet
        } else if (ends_field(text, at + 1, is_last)) {
            if (stored) keep(at, at);
            fields_.push_back(stored ? Field{stored_at, store_.size() - stored_at, true, true}
                                     : Field{begin, at - begin, false, true});
            return skip_blanks(text, at + 1);
        } else {
            broken_ = true;
            ++at;
        }
    }
    return std::string_view::npos;
}

std::size_t RecordSplitter::plain_field(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    while (at < text.size() && text[at] != dialect_.delimiter && text[at] != '\n' &&
           (text[at] != '\r' || !dialect_.ends_at_return)) {
        ++at;
    }
    std::size_t end = at;
    if (!dialect_.ends_at_return && at < text.size() && text[at] == '\n' && end > begin &&
        text[end - 1] == '\r') {
        --end;
    }
    fields_.push_back({begin, end - begin, false, false});
    return at;
}

// The whole record, or 0 where its end is not in the text.
std::size_t RecordSplitter::split_quoted(std::string_view text, bool is_last) {
    std::size_t at = 0;
    while (true) {
        at = skip_blanks(text, at);
        if (at < text.size() && dialect_.quote != '\0' && text[at] == dialect_.quote) {
            at = quoted_field(text, at + 1, is_last);
            if (at == std::string_view::npos) {
                broken_ = true;
                return 0;
            }
        } else {
            at = plain_field(text, at);
        }
        if (at < text.size() && text[at] == dialect_.delimiter) {
            ++at;
            continue;
        }
        // A return that is the last character may be followed by a line feed.
        if (!is_last && at + 1 >= text.size() && (at >= text.size() || text[at] == '\r')) return 0;
        if (at < text.size() && text[at] == '\r' && !dialect_.ends_at_return &&
            text.substr(at, 2) != "\r\n") {
            ++at; // behind a quoted field; belongs to nothing
        }
        return after_line(text, at);
    }
}

// Marks open a field only where one further on, in the same line, closes it before the next field
// begins with one.
void RecordSplitter::lenient_fields(std::string_view line) {
    fields_.clear();
    store_.clear();
    std::size_t at = 0;
    while (true) {
        at = skip_blanks(line, at);
        bool read = false;
        if (at < line.size() && line[at] == dialect_.quote) {
            const bool was_broken = broken_;
            const auto count = fields_.size();
            broken_ = false;
            const std::size_t end = quoted_field(line, at + 1, true);
            // The field swallowed the beginning of another one.
            const auto inside =
                end == std::string_view::npos ? std::string_view() : line.substr(at, end - at);
            const std::string opening{dialect_.delimiter, dialect_.quote};
            if (end != std::string_view::npos &&
                !(broken_ && inside.find(opening) != std::string_view::npos)) {
                at = end;
                read = true;
            } else {
                fields_.resize(count);
            }
            broken_ = was_broken;
        }
        if (!read) at = plain_field(line, at);
        if (at >= line.size()) return;
        ++at;
    }
}

std::size_t RecordSplitter::split_plainly(std::string_view text, bool is_last) {
    std::size_t end = line_end(text, 0);
    if (end >= text.size() && !is_last) return 0;
    const std::size_t next = after_line(text, end);
    if (!dialect_.ends_at_return && end > 0 && text[end - 1] == '\r') --end;
    lenient_fields(text.substr(0, end));
    return next;
}

void RecordSplitter::fill(std::string_view text, Record& record) {
    record.fields.clear();
    record.quoted.clear();
    for (const auto& field : fields_) {
        const std::string_view whole = field.stored ? std::string_view(store_) : text;
        record.fields.push_back(whole.substr(field.at, field.length));
        record.quoted.push_back(field.quoted);
    }
}

std::size_t RecordSplitter::split(std::string_view text, bool is_last, Record& record) {
    if (text.empty()) return 0;
    fields_.clear();
    store_.clear();
    broken_ = false;
    std::size_t length = split_quoted(text, is_last);
    record.repaired = broken_;
    if (broken_ && (length > 0 || is_last)) {
        // What the rule gave is kept where it has as many fields as expected and is one line.
        const bool fits = length > 0 && dialect_.fields != 0 && fields_.size() == dialect_.fields;
        if (!fits) {
            const auto strict = fields_;
            const auto store = store_;
            const std::size_t plainly = split_plainly(text, is_last);
            const bool better = length == 0 || dialect_.fields == 0 ||
                                fields_.size() == dialect_.fields || plainly == length;
            if (better) {
                length = plainly;
            } else {
                fields_ = strict;
                store_ = store;
            }
        }
    }
    if (length == 0) return 0;
    fill(text, record);
    std::size_t end = length;
    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r')) {
        --end;
    }
    record.raw = text.substr(0, end);
    return length;
}

bool RecordReader::next(Record& record) {
    while (true) {
        const std::string_view text = std::string_view(buffer_).substr(at_);
        std::size_t length = splitter_.split(text, ended_, record);
        // A mark that nothing closes would take the rest of the file: no field of a table is so
        // long.
        constexpr std::size_t longest_field = std::size_t{1} << 20U;
        if (length == 0 && !ended_ && text.size() > longest_field) {
            length = splitter_.split(text, true, record);
            // A long line that goes on is none of these.
            if (length == text.size()) length = 0;
        }
        if (length > 0) {
            record.line = line_;
            const std::string_view whole = text.substr(0, length);
            const auto feeds = std::count(whole.begin(), whole.end(), '\n');
            line_ += static_cast<std::uint64_t>(
                feeds > 0 ? feeds : std::count(whole.begin(), whole.end(), '\r'));
            at_ += length;
            return true;
        }
        if (ended_) return false;
        if (text.size() > longest_record) {
            throw Error(
                ErrorKind::limit_exceeded, "a record of the file is longer than 16 megabytes",
                "It begins in line " + std::to_string(line_) + ".",
                "Perhaps a quotation mark is not closed, or the file is of another format.");
        }
        buffer_.erase(0, at_);
        at_ = 0;
        ended_ = !text_.append(buffer_);
    }
}

void RecordReader::rewind() {
    text_.rewind();
    buffer_.clear();
    at_ = 0;
    line_ = 1;
    ended_ = false;
}

} // namespace recon::formats
