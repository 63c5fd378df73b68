#include "formats/text/encoding.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace recon::formats {
namespace {

using std::string_literals::operator""s;

std::string decoded(const std::string& bytes, Encoding encoding) {
    MemorySource source(bytes);
    TextReader reader(source, encoding);
    std::string text;
    while (reader.append(text)) {
    }
    return text;
}

TEST(Encoding, IsGuessed) {
    EXPECT_EQ(guess_encoding("a;b\n1;2\n", true).encoding, Encoding::utf8);
    EXPECT_EQ(guess_encoding("J\xC3\xA4gersteig", true).encoding, Encoding::utf8);
    EXPECT_EQ(guess_encoding("J\xE4gersteig", true).encoding, Encoding::cp1252);
    EXPECT_EQ(guess_encoding("\x99vningsbolaget f\x94rs\x84ljning", true).encoding,
              Encoding::cp437);
    EXPECT_EQ(guess_encoding("\xFF\xFE"
                             "a\0"s,
                             true)
                  .encoding,
              Encoding::utf16le);
    EXPECT_EQ(guess_encoding("a\0;\0b\0\n\0"s, true).encoding, Encoding::utf16le);
    EXPECT_EQ(guess_encoding("\0a\0;\0b\0\n"s, true).encoding, Encoding::utf16be);
    // A sample may end within a character, a file may not.
    EXPECT_EQ(guess_encoding("abc\xC3", false).encoding, Encoding::utf8);
    EXPECT_EQ(guess_encoding("abc\xC3", true).encoding, Encoding::cp1252);
}

TEST(Encoding, BinaryFilesAreRefused) {
    EXPECT_THROW((void)guess_encoding("PK\x03\x04zip", true), Error);
    EXPECT_THROW((void)guess_encoding("%PDF-1.7", true), Error);
    EXPECT_THROW((void)guess_encoding("a,b\0,c\n"s, true), Error);
}

TEST(TextReader, Decodes) {
    EXPECT_EQ(decoded("\xEF\xBB\xBF"
                      "a",
                      Encoding::utf8),
              "a");
    EXPECT_EQ(decoded("\xFF\xFE"
                      "a\0\xE4\0"s,
                      Encoding::utf16le),
              "a\xC3\xA4");
    EXPECT_EQ(decoded("\0a\xD8\x3D\xDE\x00"s, Encoding::utf16be), "a\xF0\x9F\x98\x80");
    EXPECT_EQ(decoded("5 \x80", Encoding::cp1252), "5 \xE2\x82\xAC");
    EXPECT_EQ(decoded("\x99", Encoding::cp437), "\xC3\x96");
    EXPECT_THROW(decoded("a\xFF", Encoding::utf8), Error);
    EXPECT_THROW(decoded("a\0b"s, Encoding::utf8), Error);
    EXPECT_THROW(decoded("a\0\x3D"s, Encoding::utf16le), Error);
    EXPECT_THROW(decoded("\x3D\xD8"
                         "a\0"s,
                         Encoding::utf16le),
                 Error);
}

// Whatever the pieces are cut at, the text is the same.
TEST(TextReader, PiecesMayEndWithinCharacters) {
    std::string text;
    while (text.size() < 700000) {
        text += "a\xE2\x82\xAC";
    }
    EXPECT_EQ(decoded(text, Encoding::utf8), text);
    EXPECT_EQ(decoded("x" + text, Encoding::utf8), "x" + text);
}

TEST(Encoding, PrefixOfValidUtf8) {
    EXPECT_EQ(valid_utf8_prefix("abc"), 3U);
    EXPECT_EQ(valid_utf8_prefix("a\xC0\x80"), 1U);         // longer than needed
    EXPECT_EQ(valid_utf8_prefix("a\xED\xA0\x80"), 1U);     // a surrogate
    EXPECT_EQ(valid_utf8_prefix("a\xF4\x90\x80\x80"), 1U); // beyond U+10FFFF
    EXPECT_EQ(valid_utf8_prefix("a\xE2\x82"), 1U);
}

} // namespace
} // namespace recon::formats
