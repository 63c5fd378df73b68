// How deep a row lies in a tree of random splits.
#pragma once

#include "core/base/firewall.hpp"

namespace recon::models {

// The mean depth of n rows in a tree that is split at random until each is alone: c(n) =
// 2 H(n - 1) - 2 (n - 1) / n, where H are the harmonic numbers (Liu, Ting and Zhou 2008: the length
// of an unsuccessful search in a binary search tree). Exact, not by the logarithm; n may be
// fractional, because a row with a missing value is in both branches in parts. 0 for n <= 1.
[[nodiscard]] double average_path_length(double n);

} // namespace recon::models
