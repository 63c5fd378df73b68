#include "formats/csv/sniff.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/error.hpp"
#include "formats/csv/table_rows.hpp"

namespace recon::formats {
namespace {

Sniffed sniff(std::string_view text, const SniffOptions& options = {}) {
    MemorySource source(text);
    return sniff_csv(source, options);
}

// "As of Date:date DMY, Amount:number ,"
std::string columns(const Sniffed& found) {
    std::string shown;
    for (const auto& column : found.profile.columns) {
        shown += shown.empty() ? "" : "; ";
        shown += column.header + ":" + std::string(kind_name(column.kind));
        if (!column.question.empty()) {
            shown += "?";
        } else if (column.kind == ColumnKind::number) {
            shown += column.decimal;
        } else if (column.kind != ColumnKind::text) {
            shown += " " + std::string(order_name(column.order));
        }
    }
    return shown;
}

TEST(SniffCsv, FindsTypesDecimalSignAndDateOrder) {
    EXPECT_EQ(
        columns(sniff("Date;Account;Amount\n31.12.2024;001;1.234,50\n01.02.2024;002;-5,00\n")),
        "Date:date DMY; Account:text; Amount:number,");
    EXPECT_EQ(columns(sniff("As of Date,GL Balance\n4/30/2024,20000\n3/31/2024,20000.01\n")),
              "As of Date:date MDY; GL Balance:number.");
    EXPECT_EQ(columns(sniff("id,created,amount\ntx1,2018-02-25 12:34:56 +0000,-10\n")),
              "id:text; created:timestamp YMD; amount:number.");
    EXPECT_EQ(
        columns(sniff("Posting date,Card,v\n45412,4111111111111111,1\n45413,4222222222222222,2\n")),
        "Posting date:date serial 1900; Card:text; v:number.");
    EXPECT_EQ(columns(sniff("Amount\tSide\n100,00 S\tx\n200,50 H\ty\n")),
              "Amount:number,; Side:text");
}

TEST(SniffCsv, AsksForWhatTheFileLeavesOpen) {
    const auto dates = sniff("Date,Amount\n01/02/2024,1\n03/04/2024,2\n");
    EXPECT_EQ(columns(dates), "Date:date?; Amount:number.");
    ASSERT_EQ(dates.questions().size(), 1U);
    EXPECT_EQ(dates.questions()[0],
              "column \"Date\": whether the day or the month comes first in "
              "\"01/02/2024\" in line 2: option \"date_order\", 'DMY' or 'MDY'");
    const auto numbers = sniff("Name;Amount\na;3.000\nb;4.000\n");
    EXPECT_EQ(columns(numbers), "Name:text; Amount:number?");
    SniffOptions options;
    options.date_order = DateOrder::month_day_year;
    options.decimal = ',';
    EXPECT_EQ(columns(sniff("Date,Amount\n01/02/2024,1\n", options)),
              "Date:date MDY; Amount:number,");
}

TEST(SniffCsv, TakesTheAnswerOfTheOtherColumns) {
    EXPECT_EQ(columns(sniff("A;B\n3.000;1,5\n4.000;2,5\n")), "A:number,; B:number,");
    EXPECT_EQ(columns(sniff("A,B\n01/02/2024,25/12/2024\n")), "A:date DMY; B:date DMY");
}

TEST(SniffCsv, ReadsOnWhereTheBeginningLeavesAQuestion) {
    std::string text = "Date,Amount\n";
    while (text.size() < 2 * 1024 * 1024) {
        text += "01/02/2024,10\n";
    }
    EXPECT_EQ(columns(sniff(text)), "Date:date?; Amount:number.");
    EXPECT_EQ(columns(sniff(text + "25/02/2024,10\n")), "Date:date DMY; Amount:number.");
}

TEST(SniffCsv, FindsTheTable) {
    const auto found =
        sniff("Account statement;;\nPrinted 2024-05-01;;\n;;\n"
              "Date;Text;Amount\n2024-04-30;a;1,50\n2024-04-30;b;2,50\nTotal;;4,00\n");
    EXPECT_EQ(found.profile.preamble, 3U);
    EXPECT_EQ(found.profile.header_rows, 1U);
    EXPECT_EQ(columns(found), "Date:date YMD; Text:text; Amount:number,");
    EXPECT_EQ(sniff("18.09.2017;x;1,5\n19.09.2017;y;2,5\n").profile.header_rows, 0U);
    EXPECT_EQ(sniff("a,b\n").profile.header_rows, 1U);
}

TEST(SniffCsv, RefusesWhatIsNoText) {
    EXPECT_THROW(sniff(""), Error);
    EXPECT_THROW(sniff("PK\x03\x04"), Error);
}

TEST(TableRows, EveryRowIsOfSomeKind) {
    const std::string text =
        "Title;\n\nDate;Amount\n2024-04-30;1,5\n\nDate;Amount\n2024-05-31;2,5;\n"
        "Total;4,0\n";
    MemorySource source(text);
    const auto found = sniff_csv(source);
    TableRows rows(source, found.profile);
    Row row;
    std::string kinds;
    while (rows.next(row)) {
        kinds += std::string(row_kinds.at(static_cast<std::size_t>(row.kind))) + " " +
                 std::to_string(row.cells.size()) + "; ";
    }
    EXPECT_EQ(
        kinds,
        "preamble 2; preamble 1; header 2; data 2; blank 1; repeated_header 2; data 2; total 2; ");
}

// Files of other people: skipped where they are absent.
class ForeignFiles : public testing::Test {
  protected:
    static std::string content(const std::string& name) {
        const char* const folder = std::getenv("RECON_DATA");
        std::ifstream file(std::string(folder != nullptr ? folder : "/nowhere") + "/" + name,
                           std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static std::size_t data_rows(const std::string& bytes, const Sniffed& found) {
        MemorySource source(bytes);
        TableRows rows(source, found.profile);
        Row row;
        std::size_t count = 0;
        while (rows.next(row)) {
            if (row.kind != RowKind::data) continue;
            ++count;
            EXPECT_LE(row.cells.size(), found.profile.columns.size()) << "line " << row.line;
        }
        return count;
    }
};

TEST_F(ForeignFiles, AreReadAsTheyAre) {
    struct File {
        const char* name;
        std::size_t rows;
        std::string columns;
    };
    const std::string ihub =
        "As of Date:date MDY; Company:text; Account:text; AU:text; Currency:text; "
        "Primary Account:text; Secondary Account:text; GL Balance:number.; "
        "Ihub Balance:number.; Balance Difference:number.; Match Status:text; "
        "Comments:text";
    for (const auto& file : std::vector<File>{
             {"ihub/ihub_history_24.csv", 24, ihub},
             {"ihub/ihub_live_4_labelled.csv", 4, ihub + "; Anomaly:text"},
             {"ihub/ihub_daily_history_20000.csv", 20000, ""},
             {"ihub/ihub_visionpro_6064.csv", 6064, ""},
             {"ihub/ihub_visionpro_ragged_865.csv", 865, ""},
             {"catalyst/catalyst_history_20.csv", 20, ""},
             {"formats/test_raiffeisen_01.csv", 74,
              "column_1:date DMY; column_2:text; column_3:date DMY; column_4:number,; "
              "column_5:text; "
              "column_6:text; column_7:text"},
             {"formats/test_delimiter_tab.csv", 74,
              "column_1:date DMY; column_2:text; column_3:date DMY; column_4:number,; "
              "column_5:number,"},
             {"formats/20180226-1000594757-umsatz.CSV", 1,
              "Auftragskonto:text; Buchungstag:date DMY; Valutadatum:date DMY; Buchungstext:text; "
              "Verwendungszweck:text; Beguenstigter/Zahlungspflichtiger:text; Kontonummer:text; "
              "BLZ:text; "
              "Betrag:number,; Waehrung:text; Info:text"},
         }) {
        const std::string bytes = content(file.name);
        if (bytes.empty()) GTEST_SKIP() << "RECON_DATA does not hold " << file.name;
        const auto found = sniff(bytes);
        EXPECT_EQ(data_rows(bytes, found), file.rows) << file.name;
        if (!file.columns.empty()) {
            EXPECT_EQ(columns(found), file.columns) << file.name;
        }
        EXPECT_TRUE(found.questions().empty()) << file.name << ": " << found.questions()[0];
    }
}

} // namespace
} // namespace recon::formats
