#include "formats/sie/read_sie.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/error.hpp"

namespace recon::formats {
namespace {

std::string shown(const Grid& grid) {
    std::string text;
    for (const auto& row : grid.rows) {
        for (const auto& cell : row.cells) {
            text += cell + "|";
        }
        text += "\n";
    }
    return text;
}

constexpr const char* ledger =
    "#FLAGGA 0\r\n#FORMAT PC8\r\n#SIETYP 4\r\n#RAR 0 20240101 20241231\r\n"
    "#KONTO 1910 \"Kassa \\\"liten\\\"\"\r\n#KONTO 3000 F\x94rs\x84ljning\r\n"
    "#IB 0 1910 100.00\r\n#IB -1 1910 5.00\r\n#UB 0 1910 349.50\r\n"
    "#RES 0 3000 -250.00\r\n#VER A 1 20240131 \"Dagskassa\"\r\n{\r\n"
    "\t#TRANS 1910 {} 200.5\r\n\t#TRANS 3000 {1 \"100\"} -200.5 20240130 Kort 2\r\n"
    "\t#BTRANS 3000 {} -7\r\n\t#RTRANS 1910 {} 49.5\r\n\t#TRANS 1910 {} 49.5\r\n"
    "\t#TRANS 3000 {} -49.50\r\n}\r\n";

TEST(ReadSie, ReadsPostingsAndTiesBalancesOut) {
    const auto grids = read_sie(ledger);
    ASSERT_EQ(grids.size(), 2U);
    EXPECT_EQ(shown(grids[0]),
              "Series|Voucher|Voucher date|Voucher text|Account|Account name|Transaction "
              "date|Amount|Text|"
              "Quantity|Dimensions|\n"
              "A|1|2024-01-31|Dagskassa|1910|Kassa \"liten\"|2024-01-31|200.50||||\n"
              "A|1|2024-01-31|Dagskassa|3000|F\xC3\xB6rs\xC3\xA4ljning|2024-01-30|-200.50|Kort|2|1 "
              "\"100\"|\n"
              "A|1|2024-01-31|Dagskassa|1910|Kassa \"liten\"|2024-01-31|49.50||||\n"
              "A|1|2024-01-31|Dagskassa|3000|F\xC3\xB6rs\xC3\xA4ljning|2024-01-31|-49.50||||\n");
    EXPECT_EQ(shown(grids[1]),
              "Account|Account name|Year end|Opening|Movements|Closing computed|Closing "
              "stated|Difference|\n"
              "1910|Kassa \"liten\"|2024-12-31|100.00|250.00|350.00|349.50|0.50|\n"
              "3000|F\xC3\xB6rs\xC3\xA4ljning|2024-12-31|0.00|-250.00|-250.00|-250.00|0.00|\n");
}

TEST(ReadSie, ReadsUtf8UnderTheLabelOfPc8) {
    const auto grids = read_sie("#FORMAT PC8\n#SIETYP 4\n#KONTO 1 \xC3\x85\n#UB 0 1 5\n");
    EXPECT_EQ(grids.at(0).rows.at(1).cells.at(1), "\xC3\x85");
}

TEST(ReadSie, RefusesWhatIsNone) {
    EXPECT_THROW((void)read_sie("a;b\n"), Error);
    EXPECT_THROW((void)read_sie("#FLAGGA 0\n"), Error);
    EXPECT_THROW((void)read_sie("#SIETYP 4\n#VER A 1 20240101\n{\n#TRANS 1910 {} x\n}\n"), Error);
    EXPECT_THROW((void)read_sie("#SIETYP 4\n#UB 0 1910 99999999999999999\n"), Error);
}

std::size_t differences(const std::string& name) {
    const char* const folder = std::getenv("RECON_DATA");
    std::ifstream file(std::string(folder != nullptr ? folder : "/nowhere") + "/formats/" + name,
                       std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.empty()) return SIZE_MAX;
    std::size_t count = 0;
    const auto grids = read_sie(bytes);
    for (const auto& row : grids.back().rows) {
        const auto& difference = row.cells.back();
        count += difference.empty() || difference == "0.00" || difference == "Difference" ? 0 : 1;
    }
    return count;
}

TEST(ReadSie, ForeignLedgersTieOutAsFarAsTheyDo) {
    const auto ties = differences("sie4_briljant_ties.se");
    if (ties == SIZE_MAX) GTEST_SKIP() << "RECON_DATA does not hold the ledgers";
    EXPECT_EQ(ties, 0U);
    EXPECT_EQ(differences("sie4_economic_natural_breaks.se"), 8U);
    EXPECT_EQ(differences("sie4_bad_balance.se"), 1U);
}

} // namespace
} // namespace recon::formats
