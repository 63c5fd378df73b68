#include "functions/models/model_argument.hpp"

#include <array>
#include <cstring>
#include <memory>

#include "core/models/model_bytes.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/memory.hpp"

extern "C" {
#include "access/detoast.h"
}

namespace recon::functions {

using namespace recon::postgres;

namespace {

// What is remembered between the rows of a query. The model is distinguished from another one
// without reading it: by the place where it is stored out of line, else by its head, which has a
// digest of its content, and its size.
struct ModelCache {
    std::unique_ptr<const models::Model> model;
    bool stored_out_of_line = false;
    varatt_external place{};
    std::array<std::byte, models::model_head_size> head{};
    std::size_t size = 0;
    std::vector<double> features;

    [[nodiscard]] bool holds(const varlena* value) const noexcept {
        if (model == nullptr) return false;
        if (VARATT_IS_EXTERNAL_ONDISK(value)) {
            if (!stored_out_of_line) return false;
            varatt_external other;
            VARATT_EXTERNAL_GET_POINTER(other, value);
            return memcmp(&place, &other, sizeof(place)) == 0;
        }
        if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)) return false;
        return holds(std::span(reinterpret_cast<const std::byte*>(VARDATA_ANY(value)),
                               static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))));
    }

    [[nodiscard]] bool holds(std::span<const std::byte> bytes) const noexcept {
        return model != nullptr && bytes.size() == size &&
               memcmp(bytes.data(), head.data(), head.size()) == 0;
    }

    void read(const varlena* value) {
        const auto bytes = bytes_of(PointerGetDatum(value));
        if (!holds(bytes)) {
            model = models::read_model(bytes);
            memcpy(head.data(), bytes.data(), head.size());
            size = bytes.size();
        }
        stored_out_of_line = VARATT_IS_EXTERNAL_ONDISK(value);
        if (stored_out_of_line) VARATT_EXTERNAL_GET_POINTER(place, value);
    }
};

} // namespace

ModelUse model_use(FunctionCallInfo fcinfo) {
    auto* cache = static_cast<ModelCache*>(fcinfo->flinfo->fn_extra);
    if (cache == nullptr) {
        cache = make_in_context<ModelCache>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = cache;
    }
    const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(fcinfo->args[0].value));
    if (!cache->holds(value)) cache->read(value);
    const auto row = read_features(fcinfo->args[1].value, cache->features);
    models::expect_kinds(cache->model->kinds(), row.kinds);
    return {cache->model.get(), row.values};
}

} // namespace recon::functions
