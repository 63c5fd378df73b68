// What is written is read again; real workbooks are read where RECON_DATA holds them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/error.hpp"
#include "formats/xlsx/cell_format.hpp"
#include "formats/xlsx/cell_text.hpp"
#include "formats/xlsx/read_xlsx.hpp"
#include "formats/xlsx/write_xlsx.hpp"
#include "formats/xlsx/xml_events.hpp"

namespace recon::formats {
namespace {

std::string shown(const SampleRow& row) {
    std::string text;
    for (const auto& cell : row.cells) {
        text += (text.empty() ? "" : "|") + cell;
    }
    return text;
}

std::string workbook() {
    XlsxWriter writer({{"Account", ColumnKind::text, false, {}},
                       {"Date", ColumnKind::date, false, {}},
                       {"At", ColumnKind::timestamp, false, {}},
                       {"Amount", ColumnKind::number, false, {}},
                       {"Verdict", ColumnKind::text, true, {"confirmed", "explained"}}},
                      "Cash [EUR]: all/*");
    writer.add({"00042", "2024-02-29", "2024-02-29 13:45:01", "-0.1", std::nullopt}, true);
    writer.add({"=1+1", "1850-01-01", std::nullopt, "12345678901234567890.5", ""}, false);
    return writer.finish();
}

TEST(Xlsx, WhatIsWrittenIsReadAgain) {
    const auto grids = read_xlsx(workbook());
    ASSERT_EQ(grids.size(), 1U);
    EXPECT_EQ(grids[0].name, "Cash EUR all");
    ASSERT_EQ(grids[0].rows.size(), 3U);
    EXPECT_EQ(shown(grids[0].rows[0]), "Account|Date|At|Amount|Verdict");
    EXPECT_EQ(shown(grids[0].rows[1]), "00042|2024-02-29|2024-02-29 13:45:01|-0.1|");
    EXPECT_EQ(shown(grids[0].rows[2]), "=1+1|1850-01-01||12345678901234567890.5|");
}

TEST(Xlsx, EveryTruncationIsAnErrorOrAWorkbook) {
    const std::string bytes = workbook();
    for (std::size_t size = 0; size < bytes.size(); size += 37) {
        EXPECT_THROW((void)read_xlsx(std::string_view(bytes).substr(0, size)), Error) << size;
    }
}

TEST(Xlsx, EntitiesAreRefused) {
    struct Silent final : XmlHandler {
        void begin(std::string_view, const XmlAttributes&) override {}
        void end(std::string_view) override {}
        void text(std::string_view) override {}
    } handler;
    const auto parse = [&](std::string_view xml) {
        parse_xml(
            "it", [&](const std::function<void(std::string_view)>& take) { take(xml); }, handler);
    };
    EXPECT_NO_THROW(parse("<a:x xmlns:a='u'>&amp;</a:x>"));
    EXPECT_THROW(parse("<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><x>&b;</x>"),
                 Error);
    EXPECT_THROW(parse("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"), Error);
    EXPECT_THROW(parse("<x><y></x>"), Error);
    std::string deep;
    for (int i = 0; i < 200; ++i) {
        deep += "<a>";
    }
    EXPECT_THROW(parse(deep), Error);
}

TEST(Xlsx, CellsAreReadAsTheyAreShown) {
    EXPECT_EQ(column_number("A1"), 0U);
    EXPECT_EQ(column_number("AB12"), 27U);
    EXPECT_EQ(number_cell("0.30000000000000004", false, DateOrder::serial_1900), "0.3");
    EXPECT_EQ(number_cell("1.5E-5", false, DateOrder::serial_1900), "0.000015");
    EXPECT_EQ(number_cell("45412", true, DateOrder::serial_1900), "2024-04-30");
    EXPECT_EQ(number_cell("43950.5", true, DateOrder::serial_1904), "2024-04-30 12:00:00");
    EXPECT_TRUE(is_date_format(14));
    EXPECT_FALSE(is_date_format(2));
    EXPECT_TRUE(is_date_format("[$-407]d. mmmm yyyy"));
    EXPECT_FALSE(is_date_format("#,##0.00 \"days\""));
    EXPECT_FALSE(is_date_format("h:mm"));
}

std::vector<Grid> foreign(const std::string& name) {
    const char* const folder = std::getenv("RECON_DATA");
    std::ifstream file(std::string(folder != nullptr ? folder : "/nowhere") + "/" + name,
                       std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return bytes.empty() ? std::vector<Grid>() : read_xlsx(bytes);
}

TEST(Xlsx, ForeignWorkbooksAreRead) {
    const auto stacked = foreign("ihub/ihub_stacked_tables.xlsx");
    if (stacked.empty()) GTEST_SKIP() << "RECON_DATA does not hold the workbooks";
    ASSERT_EQ(stacked.size(), 2U);
    EXPECT_EQ(sniff_grid(stacked[1], {}, "xlsx").profile.columns[0].header, "As of Date");
    EXPECT_EQ(foreign("ihub/ihub_history_24_clean_keys.xlsx").at(0).rows.size(), 25U);
    const auto deaths = foreign("formats/deaths.xlsx");
    const auto arts = sniff_grid(deaths.at(0), {}, "xlsx");
    EXPECT_EQ(arts.profile.columns[0].header, "Name");
    EXPECT_EQ(foreign("formats/datasets.xlsx").at(2).rows.size(), 1001U);
    EXPECT_EQ(foreign("formats/iris-excel-xlsx.xlsx").at(0).rows.size(), 151U);
    EXPECT_EQ(shown(foreign("formats/missing-first-column.xlsx").at(0).rows[0]).substr(0, 1), "1");
    EXPECT_EQ(foreign("formats/inlineStr.xlsx").at(0).rows.size(), 2U);
}

} // namespace
} // namespace recon::formats
