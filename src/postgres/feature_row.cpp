#include "postgres/feature_row.hpp"

#include <cstring>

#include "postgres/datums.hpp"

namespace recon::postgres {

namespace {

// The head of an array after its length word, as stored: also where a short length word, as it is
// in tables, leaves it unaligned.
struct ArrayHead {
    std::int32_t dimensions;
    std::int32_t data_offset; // 0: no element is NULL
    Oid element_type;
    std::int32_t size; // of the first dimension
};
constexpr std::size_t elements_at = ARR_OVERHEAD_NONULLS(1) - VARHDRSZ;

} // namespace

std::span<const double> read_features(Datum array, std::vector<double>& storage) {
    const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(array));
    const bool in_place = !VARATT_IS_EXTENDED(value) || VARATT_IS_SHORT(value);
    if (in_place && VARSIZE_ANY_EXHDR(value) >= elements_at) {
        ArrayHead head{};
        memcpy(&head, VARDATA_ANY(value), sizeof(head));
        if (head.dimensions == 1 && head.data_offset == 0) {
            const char* const elements = VARDATA_ANY(value) + elements_at;
            const auto size = static_cast<std::size_t>(head.size);
            if (reinterpret_cast<std::uintptr_t>(elements) % alignof(double) == 0) {
                return {reinterpret_cast<const double*>(elements), size};
            }
            storage.resize(size);
            memcpy(storage.data(), elements, size * sizeof(double));
            return storage;
        }
    }
    storage = float8_array(array);
    return storage;
}

} // namespace recon::postgres
