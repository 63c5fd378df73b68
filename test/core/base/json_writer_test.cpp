#include "core/base/json_writer.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recon {
namespace {

TEST(JsonWriter, PutsCommasBetweenMembersAndElementsOnly) {
    JsonWriter json;
    json.open('{');
    json.name("empty").open('[').close(']');
    json.member("numbers", std::vector<double>{1, 0.5});
    json.name("rows").open('[');
    for (const char* name : {"a", "b"}) {
        json.open('{');
        json.member("name", name);
        json.close('}');
    }
    json.close(']');
    json.member("last", true);
    json.close('}');
    EXPECT_EQ(json.take(), R"({"empty":[],"numbers":[1,0.5],)"
                           R"("rows":[{"name":"a"},{"name":"b"}],"last":true})");
}

TEST(JsonWriter, EscapesWhatJsonDoesNotHold) {
    JsonWriter json;
    json.open('[');
    json.value("a\"b\\c\n\x1f");
    json.value(std::string_view("a\0b", 3));
    json.close(']');
    EXPECT_EQ(json.take(), "[\"a\\\"b\\\\c\\u000a\\u001f\",\"a b\"]");
}

// The server converts text between encodings: here it has that of the database, which need not be
// UTF-8.
TEST(JsonWriter, KeepsTheBytesOfEveryEncoding) {
    JsonWriter json;
    json.value("M\xfcller \xc3\xa4");
    EXPECT_EQ(json.take(), "\"M\xfcller \xc3\xa4\"");
}

TEST(JsonWriter, WritesNumbersAsShortAsTheyCanBeReadBack) {
    JsonWriter json;
    json.open('[');
    for (const double number : {100.0, 0.1, -1e300, std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity()})
        json.value(number);
    json.value(std::size_t{18446744073709551615U});
    json.close(']');
    EXPECT_EQ(json.take(), "[100,0.1,-1e+300,null,null,18446744073709551615]");
}

TEST(JsonWriter, WritesNullForWhatIsMissing) {
    JsonWriter json;
    json.open('{');
    json.member("a", std::optional<double>());
    json.member("b", std::optional<double>(2));
    json.optional_member("c", "");
    json.optional_member("d", "x");
    json.close('}');
    EXPECT_EQ(json.take(), R"({"a":null,"b":2,"c":null,"d":"x"})");
}

} // namespace
} // namespace recon
