#include "core/models/feature_kind.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/models/rows.hpp"

namespace recon::models {
namespace {

using enum FeatureKind;

TEST(FeatureKind, RefusesWhatIsNone) {
    EXPECT_EQ(kinds_of(std::vector<double>{2, 0, 1}),
              (std::vector<FeatureKind>{category, number, amount}));
    EXPECT_THROW((void)kinds_of(std::vector<double>{3}), Error);
    EXPECT_THROW((void)kinds_of(std::vector<double>{0, missing_value}), Error);
}

} // namespace
} // namespace recon::models
