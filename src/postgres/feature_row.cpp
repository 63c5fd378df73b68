#include "postgres/feature_row.hpp"

#include <cstring>
#include <string>

#include "core/base/error.hpp"
#include "postgres/datums.hpp"

namespace recon::postgres {

namespace {

// The head of an array after its length word, as stored: also where a short length word, as it is
// in tables, leaves it unaligned. Sizes of dimensions and their lower bounds follow.
struct ArrayHead {
    std::int32_t dimensions;
    std::int32_t data_offset; // 0: no element is NULL
    Oid element_type;
    std::int32_t sizes[2];
};

FeatureRow lines_of(std::span<const double> values, std::size_t lines) {
    if (lines == 1) return {values, {}};
    if (lines == 2) return {values.first(values.size() / 2), values.last(values.size() / 2)};
    throw Error(ErrorKind::invalid_parameter, "features have more than two lines",
                "The array has " + std::to_string(lines) + " lines.",
                "Make them with recon_features, or give them in one dimension.");
}

} // namespace

FeatureRow read_features(Datum array, std::vector<double>& storage) {
    const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(array));
    const bool in_place = !VARATT_IS_EXTENDED(value) || VARATT_IS_SHORT(value);
    if (in_place && VARSIZE_ANY_EXHDR(value) >= sizeof(ArrayHead)) {
        ArrayHead head{};
        memcpy(&head, VARDATA_ANY(value), sizeof(head));
        if ((head.dimensions == 1 || head.dimensions == 2) && head.data_offset == 0) {
            const char* const elements =
                VARDATA_ANY(value) + ARR_OVERHEAD_NONULLS(head.dimensions) - VARHDRSZ;
            const auto lines = head.dimensions == 1 ? 1 : static_cast<std::size_t>(head.sizes[0]);
            const auto size = lines * static_cast<std::size_t>(head.sizes[head.dimensions - 1]);
            if (reinterpret_cast<std::uintptr_t>(elements) % alignof(double) == 0) {
                return lines_of({reinterpret_cast<const double*>(elements), size}, lines);
            }
            storage.resize(size);
            memcpy(storage.data(), elements, size * sizeof(double));
            return lines_of(storage, lines);
        }
    }
    auto copied = float8_lines(array);
    storage = std::move(copied.values);
    return lines_of(storage, copied.lines);
}

} // namespace recon::postgres
