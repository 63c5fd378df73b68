#include "formats/csv/record_reader.hpp"

#include <gtest/gtest.h>

#include "core/base/error.hpp"

namespace recon::formats {
namespace {

// Fields between |, records in lines, a ! behind a repaired one.
std::string read(std::string_view text, Dialect dialect = {}) {
    dialect.ends_at_return = text.find('\n') == std::string_view::npos;
    MemorySource source(text);
    RecordReader reader(source, Encoding::utf8, dialect);
    Record record;
    std::string shown;
    while (reader.next(record)) {
        shown += std::to_string(record.line) + ":";
        for (std::size_t i = 0; i < record.fields.size(); ++i) {
            shown += i > 0 ? "|" : "";
            shown += record.fields[i];
        }
        shown += record.repaired ? "!\n" : "\n";
    }
    return shown;
}

TEST(RecordReader, SplitsFieldsAndRecords) {
    EXPECT_EQ(read("a,b\n1,2\n"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(read("a,b\r\n1,2"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(read("a,b\r1,2\r"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(read("\n\n"), "1:\n2:\n");
    EXPECT_EQ(read("a,\n"), "1:a|\n");
    EXPECT_EQ(read(""), "");
}

TEST(RecordReader, ReadsQuotedFields) {
    EXPECT_EQ(read("\"a,b\",\"c\"\"d\"\n"), "1:a,b|c\"d\n");
    EXPECT_EQ(read("\"a\nb\",c\nd,e\n"), "1:a\nb|c\n3:d|e\n");
    EXPECT_EQ(read("\"\",x\n"), "1:|x\n");
    EXPECT_EQ(read("\"48\"\"\"\n"), "1:48\"\n");
    Dialect backslash;
    backslash.escape = '\\';
    EXPECT_EQ(read("\"a\\\"b\\\\\",c\n", backslash), "1:a\"b\\|c\n");
    Dialect blanks;
    blanks.skips_blanks = true;
    EXPECT_EQ(read("a, \"b, c\", d\n", blanks), "1:a|b, c|d\n");
}

TEST(RecordReader, ReadsStrayQuotationMarksAsAPersonWould) {
    Dialect three;
    three.fields = 3;
    // A mark that opens nothing does not take the lines below.
    EXPECT_EQ(read("a,\"b,c\n1,2,3\n", three), "1:a|\"b|c!\n2:1|2|3\n");
    EXPECT_EQ(read("a,\"b,\"c\"\n1,2,3\n", three), "1:a|\"b|c!\n2:1|2|3\n");
    EXPECT_EQ(read("a,\"b\"x,c\n1,2,3\n", three), "1:a|\"b\"x|c!\n2:1|2|3\n");
    EXPECT_EQ(read("6\" pipe,2,3\n", three), "1:6\" pipe|2|3\n");
}

TEST(RecordReader, RecordsCrossThePiecesOfAFile) {
    std::string text;
    std::string wanted;
    for (int i = 1; i <= 40000; ++i) {
        text += "\"x" + std::to_string(i) + "\",\"y\"\"z\"\n";
        wanted += std::to_string(i) + ":x" + std::to_string(i) + "|y\"z\n";
    }
    EXPECT_EQ(read(text), wanted);
}

TEST(RecordReader, ARecordHasALimit) {
    const std::string text(RecordReader::longest_record + 1024 * 1024, 'x');
    EXPECT_THROW(read(text), Error);
}

// An unclosed mark costs a field of a megabyte at most, not the rest of the file.
TEST(RecordReader, AnUnclosedMarkDoesNotTakeTheFile) {
    std::string text = "1,\"2\n";
    for (int i = 0; i < 300000; ++i) {
        text += "3,4\n";
    }
    Dialect two;
    two.fields = 2;
    EXPECT_EQ(read(text, two).substr(0, 18), "1:1|\"2!\n2:3|4\n3:3|");
}

} // namespace
} // namespace recon::formats
