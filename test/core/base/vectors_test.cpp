#include "core/base/vectors.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "with_all_vectors.hpp"

namespace recon {
namespace {

TEST(Vectors, AreTheWidestOfTheProcessor) {
    EXPECT_EQ(vectors(), vectors_of_processor());
#if defined(__x86_64__)
    EXPECT_EQ(vectors() >= Vectors::avx2, __builtin_cpu_supports("avx2") != 0);
#else
    EXPECT_EQ(vectors(), Vectors::none);
#endif
}

TEST(Vectors, AreNarrowerWhileALimitLives) {
    {
        const VectorsAtMost none(Vectors::none);
        EXPECT_EQ(vectors(), Vectors::none);
        const VectorsAtMost wider(Vectors::avx512); // does not lift the first
        EXPECT_EQ(vectors(), Vectors::none);
    }
    EXPECT_EQ(vectors(), vectors_of_processor());
}

TEST(Vectors, AreTriedOneAfterTheOther) {
    std::vector<Vectors> tried;
    test::with_all_vectors([&] { tried.push_back(vectors()); });
    ASSERT_FALSE(tried.empty());
    EXPECT_EQ(tried.front(), Vectors::none);
    EXPECT_EQ(tried.back(), vectors_of_processor());
}

} // namespace
} // namespace recon
