#include "run/store/seal.hpp"

#include <array>

#include "core/base/bytes.hpp"
#include "core/base/random.hpp"
#include "postgres/datums.hpp"
#include "run/source/key_entry.hpp"

namespace recon::run {

namespace {

std::uint64_t checksum(std::span<const std::byte> bytes, Seal seal) {
    return mix64(hash_of_key(bytes) ^ seal.row);
}

Seal seal_of(const RunPlan& plan, std::uint64_t what) {
    return {mix64(what ^ mix64(static_cast<std::uint64_t>(*plan.reconciliation_id)))};
}

} // namespace

Seal seal_of_fit(const RunPlan& plan) {
    return seal_of(plan, 0x666974);
}

Seal seal_of_key(const RunPlan& plan, std::uint64_t key_hash) {
    return seal_of(plan, key_hash);
}

Datum make_sealed(std::span<const std::byte> bytes, Seal seal) {
    const std::uint64_t sum = checksum(bytes, seal);
    const std::array parts = {std::as_bytes(std::span(&sum, 1)), bytes};
    return postgres::join_varlena(parts);
}

std::span<const std::byte> unsealed(std::span<const std::byte> bytes, Seal seal, const char* what) {
    ByteReader reader(bytes, what);
    const auto sum = reader.get<std::uint64_t>();
    const auto rest = bytes.subspan(sizeof(sum));
    if (sum != checksum(rest, seal)) reader.refuse("its checksum does not fit");
    return rest;
}

void unseal(std::vector<std::byte>& bytes, Seal seal, const char* what) {
    const auto rest = unsealed(bytes, seal, what);
    bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

} // namespace recon::run
