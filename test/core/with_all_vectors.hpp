// Runs a test's body once for each width of vector instructions that this processor has.
#pragma once

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

#include "core/base/vectors.hpp"

namespace recon::test {

template <typename Body>
void with_all_vectors(const Body& body) {
    constexpr std::array names{"without vector instructions", "with AVX2", "with AVX-512"};
    for (const Vectors width : {Vectors::none, Vectors::avx2, Vectors::avx512}) {
        if (width > vectors_of_processor()) break;
        SCOPED_TRACE(names[static_cast<std::size_t>(width)]);
        const VectorsAtMost limit(width);
        body();
    }
}

// Expects the same from it with each.
template <typename Compute>
void expect_the_same_with_all_vectors(const Compute& compute) {
    const auto expected = compute();
    with_all_vectors([&] { EXPECT_EQ(compute(), expected); });
}

} // namespace recon::test
