// Bytes that are kept in a table begin with a checksum of the rest and of the row they belong to: a
// changed bit, a part that is missing, or the bytes of another row are noticed before they are
// read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "postgres/server.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

// Of a row; what its checksum begins with.
struct Seal {
    std::uint64_t row = 0;
};
[[nodiscard]] Seal seal_of_fit(const RunPlan& plan);
[[nodiscard]] Seal seal_of_key(const RunPlan& plan, std::uint64_t key_hash);

// A bytea of the checksum and the bytes.
[[nodiscard]] Datum make_sealed(std::span<const std::byte> bytes, Seal seal);

// The bytes behind the checksum. Throws invalid_data where they are not those that were sealed.
[[nodiscard]] std::span<const std::byte> unsealed(std::span<const std::byte> bytes, Seal seal,
                                                  const char* what);
// The same in place.
void unseal(std::vector<std::byte>& bytes, Seal seal, const char* what);

} // namespace recon::run
