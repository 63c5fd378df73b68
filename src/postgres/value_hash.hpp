// A hash of a value of any type, the same in every plan and session.
#pragma once

#include <cstdint>

#include "postgres/guard.hpp"

namespace recon::postgres {

class ValueHash {
  public:
    ValueHash() = default;
    // The hash function of the type's default operator class, kept in the type cache.
    explicit ValueHash(Oid type);
    // The same; where the type has none, and for an enum, its values are hashed by their text. What
    // that takes is kept in `context`.
    ValueHash(Oid type, MemoryContext context);

    [[nodiscard]] bool exists() const noexcept { return function_ != nullptr; }
    // Texts are hashed byte by byte, whatever their collation. The value is not NULL.
    [[nodiscard]] std::uint64_t operator()(Datum value) const;

  private:
    FmgrInfo* function_ = nullptr;
    bool is_output_ = false; // the function gives text rather than a hash
};

} // namespace recon::postgres
