#include "formats/text/encoding.hpp"

#include <array>

#include "core/base/error.hpp"
#include "formats/text/code_pages.hpp"

namespace recon::formats {
namespace {

constexpr std::size_t piece = std::size_t{256} << 10U;

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

bool is_ascii_letter(std::uint8_t byte) {
    return (byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z';
}

// What a file with NUL bytes or control characters is, as far as its first bytes say so.
std::string binary_kind(std::string_view sample) {
    struct Magic {
        std::string_view bytes;
        std::string_view name;
    };
    static constexpr std::array<Magic, 8> known = {{
        {"PK\x03\x04", "a zip archive (an .xlsx workbook is one)"},
        {"\xD0\xCF\x11\xE0", "a workbook of the old .xls format, or another OLE document"},
        {"%PDF", "a PDF document"},
        {"\x1F\x8B", "compressed by gzip"},
        {"\x89PNG", "a PNG picture"},
        {"\xFF\xD8\xFF", "a JPEG picture"},
        {"\x7F"
         "ELF",
         "a program"},
        {"BZh", "compressed by bzip2"},
    }};
    for (const auto& magic : known) {
        if (sample.substr(0, magic.bytes.size()) == magic.bytes) return std::string(magic.name);
    }
    return {};
}

std::optional<EncodingGuess> by_mark(std::string_view sample) {
    if (sample.substr(0, 3) == "\xEF\xBB\xBF") {
        return EncodingGuess{Encoding::utf8, 1, "the byte order mark of UTF-8"};
    }
    if (sample.substr(0, 2) == "\xFF\xFE") {
        return EncodingGuess{Encoding::utf16le, 1, "the byte order mark of UTF-16, little-endian"};
    }
    if (sample.substr(0, 2) == "\xFE\xFF") {
        return EncodingGuess{Encoding::utf16be, 1, "the byte order mark of UTF-16, big-endian"};
    }
    return std::nullopt;
}

// UTF-16 without a mark: nearly every second byte of Western text is zero.
std::optional<EncodingGuess> by_zeros(std::string_view sample) {
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < sample.size(); ++i) {
        if (sample[i] == '\0') ++zeros[i % 2];
    }
    if (zeros[0] + zeros[1] == 0) return std::nullopt;
    const std::size_t half = sample.size() / 2;
    if (half > 1 && zeros[1] * 10 >= half * 7 && zeros[0] * 100 <= half) {
        return EncodingGuess{Encoding::utf16le, 0.9, "every second byte is zero"};
    }
    if (half > 1 && zeros[0] * 10 >= half * 7 && zeros[1] * 100 <= half) {
        return EncodingGuess{Encoding::utf16be, 0.9, "every other byte is zero, the first one too"};
    }
    const std::string kind = binary_kind(sample);
    throw Error(ErrorKind::invalid_data, "the file is not text",
                kind.empty()
                    ? "There is a zero byte at offset " + std::to_string(sample.find('\0')) + "."
                    : "It looks like " + kind + ".",
                "Export it as CSV, or name its real format.");
}

// Of the letters beyond ASCII those that stand beside a letter, by where a code page has letters.
EncodingGuess by_letters(std::string_view sample) {
    std::size_t dos = 0;
    std::size_t windows = 0;
    std::size_t first = sample.size();
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const auto byte = byte_at(sample, i);
        if (byte < 0x80) continue;
        first = std::min(first, i);
        const bool beside = (i > 0 && is_ascii_letter(byte_at(sample, i - 1))) ||
                            (i + 1 < sample.size() && is_ascii_letter(byte_at(sample, i + 1)));
        if (byte <= 0xA5 && byte != 0xA0 && beside) ++dos;
        if (byte >= 0xC0) ++windows;
    }
    const bool is_dos = dos > windows;
    const double share =
        static_cast<double>(std::max(dos, windows) + 1) / static_cast<double>(dos + windows + 1);
    return {is_dos ? Encoding::cp437 : Encoding::cp1252, share * 0.9,
            "byte 0x" + std::string(1, "0123456789ABCDEF"[byte_at(sample, first) >> 4U]) +
                std::string(1, "0123456789ABCDEF"[byte_at(sample, first) & 15U]) + " at offset " +
                std::to_string(first) + " is not UTF-8; " + std::to_string(dos) +
                " letters as code page 437 has them, " + std::to_string(windows) +
                " as Windows-1252 has them"};
}

} // namespace

std::string_view encoding_name(Encoding encoding) {
    constexpr std::array<std::string_view, 5> names = {"UTF8", "UTF16LE", "UTF16BE", "WIN1252",
                                                       "CP437"};
    return names.at(static_cast<std::size_t>(encoding));
}

std::optional<Encoding> encoding_named(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (c == '-' || c == '_' || c == ' ') continue;
        plain += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    if (plain == "UTF8" || plain == "ASCII" || plain == "UTF8SIG") return Encoding::utf8;
    if (plain == "UTF16LE" || plain == "UTF16") return Encoding::utf16le;
    if (plain == "UTF16BE") return Encoding::utf16be;
    if (plain == "WIN1252" || plain == "CP1252" || plain == "WINDOWS1252" || plain == "LATIN1" ||
        plain == "ISO88591") {
        return Encoding::cp1252;
    }
    if (plain == "CP437" || plain == "IBM437" || plain == "PC8") return Encoding::cp437;
    return std::nullopt;
}

std::size_t valid_utf8_prefix(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto lead = byte_at(bytes, at);
        if (lead < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        if (lead < 0xC2 || lead > 0xF4 || at + length > bytes.size()) return at;
        for (std::size_t i = 1; i < length; ++i) {
            if ((byte_at(bytes, at + i) & 0xC0U) != 0x80) return at;
        }
        const auto second = byte_at(bytes, at + 1);
        // No longer form than needed, no surrogate, nothing beyond U+10FFFF.
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
            (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
            return at;
        }
        at += length;
    }
    return at;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
    if (code_point < 0x80) {
        text += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        text += static_cast<char>(0xC0U | (code_point >> 6U));
        text += static_cast<char>(0x80U | (code_point & 0x3FU));
    } else if (code_point < 0x10000) {
        text += static_cast<char>(0xE0U | (code_point >> 12U));
        text += static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (code_point & 0x3FU));
    } else {
        text += static_cast<char>(0xF0U | (code_point >> 18U));
        text += static_cast<char>(0x80U | ((code_point >> 12U) & 0x3FU));
        text += static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU));
        text += static_cast<char>(0x80U | (code_point & 0x3FU));
    }
}

EncodingGuess guess_encoding(std::string_view sample, bool is_whole) {
    if (const auto marked = by_mark(sample)) return *marked;
    if (auto zeros = by_zeros(sample)) return *zeros;
    const std::string kind = binary_kind(sample);
    if (!kind.empty()) {
        throw Error(ErrorKind::invalid_data, "the file is not text", "It looks like " + kind + ".",
                    "Export it as CSV, or name its real format.");
    }
    const std::size_t valid = valid_utf8_prefix(sample);
    // The sample may end within a character of up to four bytes.
    if (valid == sample.size() || (!is_whole && valid + 3 >= sample.size())) {
        for (std::size_t i = 0; i < valid; ++i) {
            if (byte_at(sample, i) >= 0x80) {
                return {Encoding::utf8, 1,
                        "characters beyond ASCII are UTF-8, the first at offset " +
                            std::to_string(i)};
            }
        }
        return {Encoding::utf8, 1, "ASCII only"};
    }
    return by_letters(sample);
}

bool TextReader::append(std::string& text) {
    const std::size_t before = text.size();
    std::string bytes;
    while (!ended_ && text.size() == before) {
        bytes.assign(rest_);
        rest_.clear();
        const std::size_t kept = bytes.size();
        bytes.resize(kept + piece);
        const std::size_t size = source_.read(bytes.data() + kept, piece);
        bytes.resize(kept + size);
        bytes_read_ += size;
        ended_ = size == 0;
        std::string_view view = bytes;
        if (!begun_ && size > 0) {
            begun_ = true;
            if (encoding_ == Encoding::utf8 && view.substr(0, 3) == "\xEF\xBB\xBF") {
                view.remove_prefix(3);
            } else if ((encoding_ == Encoding::utf16le && view.substr(0, 2) == "\xFF\xFE") ||
                       (encoding_ == Encoding::utf16be && view.substr(0, 2) == "\xFE\xFF")) {
                view.remove_prefix(2);
            }
        }
        decode(view, ended_, text);
    }
    return text.size() > before;
}

void TextReader::rewind() {
    source_.rewind();
    rest_.clear();
    bytes_read_ = 0;
    begun_ = ended_ = false;
}

void TextReader::refuse(std::size_t from_end, const char* what) const {
    throw Error(ErrorKind::invalid_data,
                "the file is not valid " + std::string(encoding_name(encoding_)),
                std::string("There is ") + what + " at offset " +
                    std::to_string(bytes_read_ - from_end) + ".",
                "Name the encoding of the file in the option \"encoding\", for example WIN1252.");
}

void TextReader::decode(std::string_view bytes, bool is_last, std::string& text) {
    const auto zero = encoding_ == Encoding::utf16le || encoding_ == Encoding::utf16be
                          ? std::string_view::npos
                          : bytes.find('\0');
    if (zero != std::string_view::npos) refuse(bytes.size() - zero, "a zero byte");
    switch (encoding_) {
    case Encoding::utf8:
        decode_utf8(bytes, is_last, text);
        return;
    case Encoding::utf16le:
    case Encoding::utf16be:
        decode_utf16(bytes, is_last, text);
        return;
    case Encoding::cp1252:
    case Encoding::cp437:
        break;
    }
    const auto& upper = encoding_ == Encoding::cp437 ? cp437_upper : cp1252_upper;
    for (const char c : bytes) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            append_utf8(text, upper.at(byte - 0x80U));
        }
    }
}

void TextReader::decode_utf8(std::string_view bytes, bool is_last, std::string& text) {
    const std::size_t valid = valid_utf8_prefix(bytes);
    if (valid < bytes.size() && (is_last || bytes.size() - valid > 3)) {
        refuse(bytes.size() - valid, "a byte that no character contains");
    }
    text += bytes.substr(0, valid);
    rest_ = bytes.substr(valid);
}

void TextReader::decode_utf16(std::string_view bytes, bool is_last, std::string& text) {
    const std::size_t low = encoding_ == Encoding::utf16le ? 0 : 1;
    const auto unit = [&](std::size_t at) {
        return static_cast<std::uint32_t>(byte_at(bytes, at + low)) |
               static_cast<std::uint32_t>(byte_at(bytes, at + 1 - low)) << 8U;
    };
    std::size_t at = 0;
    while (at + 1 < bytes.size()) {
        const std::uint32_t first = unit(at);
        if (first == 0) refuse(bytes.size() - at, "a zero character");
        if (first < 0xD800 || first > 0xDFFF) {
            append_utf8(text, first);
            at += 2;
            continue;
        }
        if (at + 3 >= bytes.size()) break;
        const std::uint32_t second = unit(at + 2);
        if (first > 0xDBFF || second < 0xDC00 || second > 0xDFFF) {
            refuse(bytes.size() - at, "half of a surrogate pair");
        }
        append_utf8(text, 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00));
        at += 4;
    }
    if (is_last && at < bytes.size()) refuse(bytes.size() - at, "half a character");
    rest_ = bytes.substr(at);
}

} // namespace recon::formats
