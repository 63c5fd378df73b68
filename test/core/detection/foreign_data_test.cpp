// Data of other people's reconciliations: what analysts called not anomalous must not be, and
// random numbers must give next to nothing.
#include "detection/brief.hpp"
#include "detection/shared_data.hpp"

#include <gtest/gtest.h>

namespace recon::breaks::test {
namespace {

TEST(ForeignData, NoneOfTheTradeBreaksIsAnomalous) {
    const auto data = shared_data();
    if (data.empty()) GTEST_SKIP() << "the shared data folder is absent (RECON_DATA)";
    JudgeOptions options;
    options.tolerance = {1, 0.001, 0};
    const std::array<std::string, 3> measures = {"QUANTITYDIFFERENCE", "PRICEDIFFERENCE",
                                                 "ORIGINALFACEDIFFERENCE"};
    std::map<std::string, KeySeries> keys;
    std::size_t targets = 0;
    for (const bool current : {false, true}) {
        const auto rows =
            read_csv(data / "catalyst" /
                     (current ? "catalyst_current_10_labelled.csv" : "catalyst_history_20.csv"));
        ASSERT_FALSE(rows.empty());
        for (const auto& row : rows) {
            std::array<double, 3> values{};
            bool is_break = false;
            for (std::size_t j = 0; j < 3; ++j) {
                const std::string& text = row.at(measures[j]);
                values[j] = text.empty() ? std::nan("") : std::stod(text);
                is_break = is_break || !(std::fabs(values[j]) <= options.tolerance[j]);
            }
            const std::string& date = row.at("RECONDATE");
            keys.try_emplace(row.at("TRADEID"), 3)
                .first->second.append(day_month_year(date), values, is_break, current, 0, targets);
            targets += current ? 1 : 0;
        }
    }
    EXPECT_EQ(targets, 10U);
    const auto findings = judge_all(keys, options);
    ASSERT_EQ(findings.size(), 10U);
    const auto ln_q = ln_q_of(findings);
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const bool anomaly = std::exp(ln_q[i]) <= 0.05 && !is_quiet(findings[i].pattern);
        EXPECT_FALSE(anomaly) << findings[i].row << " " << name(findings[i].pattern);
    }
}

TEST(ForeignData, RandomBalancesGiveNextToNothing) {
    const auto data = shared_data();
    if (data.empty()) GTEST_SKIP() << "the shared data folder is absent (RECON_DATA)";
    std::vector<Row> rows;
    for (const bool current : {false, true}) {
        const auto read =
            read_csv(data / "ihub" /
                     (current ? "ihub_daily_current_100.csv" : "ihub_daily_history_20000.csv"));
        ASSERT_FALSE(read.empty());
        for (const auto& row : read) {
            rows.push_back({row.at("Company") + "|" + row.at("Account") + "|" + row.at("AU") + "|" +
                                row.at("Currency") + "|" + row.at("Primary Account") + "|" +
                                row.at("Secondary Account"),
                            day_month_year(row.at("As of Date")),
                            std::stod(row.at("GL Balance")) - std::stod(row.at("iHub Balance")),
                            current});
        }
    }
    JudgeOptions options;
    options.tolerance = {1};
    const auto judged = run(rows, options);
    EXPECT_EQ(judged.size(), 100U);
    std::size_t anomalies = 0;
    for (const auto& [key, j] : judged)
        anomalies += j.anomaly ? 1 : 0;
    EXPECT_LE(anomalies, 2U);
}

} // namespace
} // namespace recon::breaks::test
