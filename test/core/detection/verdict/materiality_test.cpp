#include "core/detection/verdict/materiality.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace recon::breaks {
namespace {

TEST(Materiality, ACurrencyHasTheFloorThatIsListedForIt) {
    const MinimumAmounts amounts{10, {{"EUR", 100}, {"JPY", 15000}, {"USD", 0}}};
    EXPECT_EQ(amounts.of("EUR"), 100);
    EXPECT_EQ(amounts.of("JPY"), 15000);
    EXPECT_EQ(amounts.of("USD"), 0) << "0 is a floor, too";
    EXPECT_EQ(amounts.of("SEK"), 10);
    EXPECT_EQ(amounts.of("eur"), 10) << "currencies are told apart as they are written";
    EXPECT_EQ(amounts.of(""), 10);
    EXPECT_EQ(MinimumAmounts{}.of("EUR"), 0);
}

TEST(Materiality, AnAmountIsMaterialFromItsFloorOn) {
    EXPECT_TRUE(is_material(100, 100));
    EXPECT_TRUE(is_material(-100, 100));
    EXPECT_FALSE(is_material(99.99, 100));
    EXPECT_FALSE(is_material(-99.99, 100));
    EXPECT_TRUE(is_material(0, 0));
    EXPECT_TRUE(is_material(std::numeric_limits<double>::quiet_NaN(), 100)) << "a missing side";
    EXPECT_TRUE(is_material(-std::numeric_limits<double>::infinity(), 100));
}

} // namespace
} // namespace recon::breaks
