// The encodings of text files: recognized in a sample, decoded to UTF-8 as the file streams by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "formats/text/source.hpp"

namespace recon::formats {

enum class Encoding : std::uint8_t { utf8, utf16le, utf16be, cp1252, cp437 };

[[nodiscard]] std::string_view encoding_name(Encoding encoding);
[[nodiscard]] std::optional<Encoding> encoding_named(std::string_view name);

struct EncodingGuess {
    Encoding encoding = Encoding::utf8;
    double confidence = 1;
    std::string evidence;
};

// Raises invalid_data for what is no text: binary files, by the format that they look like.
// `is_whole` says that the sample is the whole file and does not end within a character.
[[nodiscard]] EncodingGuess guess_encoding(std::string_view sample, bool is_whole);

// Reads a source as UTF-8 without a byte order mark.
class TextReader {
  public:
    TextReader(ByteSource& source, Encoding encoding) : source_(source), encoding_(encoding) {}

    // Appends the next piece to `text`; false at the end. What cannot be decoded raises
    // invalid_data with its place in the file.
    bool append(std::string& text);
    void rewind();

    // Bytes of the file that were read.
    [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }

  private:
    void decode(std::string_view bytes, bool is_last, std::string& text);
    void decode_utf8(std::string_view bytes, bool is_last, std::string& text);
    void decode_utf16(std::string_view bytes, bool is_last, std::string& text);
    [[noreturn]] void refuse(std::size_t from_end, const char* what) const;

    ByteSource& source_;
    Encoding encoding_;
    std::string rest_; // begins a character that the next piece ends
    std::uint64_t bytes_read_ = 0;
    bool begun_ = false;
    bool ended_ = false;
};

// The length of the longest prefix that is valid UTF-8 and ends between characters.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view bytes) noexcept;
void append_utf8(std::string& text, std::uint32_t code_point);

} // namespace recon::formats
