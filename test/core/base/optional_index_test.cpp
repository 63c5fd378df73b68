#include "core/base/optional_index.hpp"

#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace recon {
namespace {

static_assert(sizeof(OptionalIndex) == sizeof(std::uint32_t));
static_assert(std::is_trivially_copyable_v<OptionalIndex>);
static_assert(!std::is_convertible_v<std::size_t, OptionalIndex>);
static_assert(!std::is_convertible_v<OptionalIndex, std::size_t>);

ErrorKind kind_of(const auto& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.kind();
    }
    ADD_FAILURE() << "no error";
    return ErrorKind::invalid_data;
}

TEST(OptionalIndex, IsNoneUntilItIsGivenAPosition) {
    const std::vector<std::string> names{"a", "b"};
    const OptionalIndex none;
    EXPECT_FALSE(none.has_value());
    EXPECT_FALSE(none);
    EXPECT_EQ(none.in(names), nullptr);
    EXPECT_EQ(none, OptionalIndex());
    EXPECT_EQ(kind_of([&] { (void)none.value(); }), ErrorKind::internal);
}

TEST(OptionalIndex, FindsItsElementFromTheFirstOn) {
    std::vector<std::string> names;
    const auto first = OptionalIndex::next_of(names);
    names.emplace_back("a");
    const auto second = OptionalIndex::next_of(names);
    names.emplace_back("b");
    ASSERT_TRUE(first);
    EXPECT_EQ(first.value(), 0U);
    EXPECT_EQ(*first.in(names), "a");
    EXPECT_EQ(*second.in(names), "b");
    EXPECT_NE(first, second);
    EXPECT_NE(first, OptionalIndex());
}

TEST(OptionalIndex, RefusesWhatIsBeyondItsListOrItsRange) {
    const std::vector<int> numbers{1};
    EXPECT_EQ(kind_of([&] { (void)OptionalIndex(1).in(numbers); }), ErrorKind::internal);
    EXPECT_EQ(OptionalIndex(4294967294U).value(), 4294967294U);
    EXPECT_EQ(kind_of([] { (void)OptionalIndex(4294967295U); }), ErrorKind::limit_exceeded);
    EXPECT_EQ(kind_of([] { (void)OptionalIndex(std::size_t{1} << 32); }),
              ErrorKind::limit_exceeded);
}

} // namespace
} // namespace recon
