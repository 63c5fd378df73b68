#include "run/source/key_entry.hpp"

#include <cstring>

#include "core/base/random.hpp"
#include "postgres/guard.hpp"

extern "C" {
#include "utils/jsonb.h"
}

namespace recon::run {

std::uint64_t hash_of_key(std::span<const std::byte> bytes) noexcept {
    std::uint64_t hash = mix64(bytes.size());
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        memcpy(&word, bytes.data(), sizeof(word));
        hash = (hash ^ word) * 0x9fb21c651e98df25ULL;
        hash ^= hash >> 29;
        bytes = bytes.subspan(sizeof(word));
    }
    std::uint64_t tail = 0;
    if (!bytes.empty()) memcpy(&tail, bytes.data(), bytes.size());
    return mix64(hash ^ tail);
}

std::string words_of(const KeyEntry& key) {
    using namespace recon::postgres;
    const Datum columns = key.key;
    JsonbIterator* iterator = guarded([=] {
        Jsonb* const json = DatumGetJsonbP(columns);
        return JsonbIteratorInit(&json->root);
    });
    JsonbIterator** const at = &iterator;
    JsonbValue value;
    JsonbValue* const into = &value;
    const auto next = [=] { return guarded([=] { return JsonbIteratorNext(at, into, true); }); };
    const auto text = [&] {
        return value.type == jbvString ? std::string(value.val.string.val, value.val.string.len)
                                       : std::string("unknown"); // NULL
    };
    std::string words;
    for (auto token = next(); token != WJB_DONE; token = next()) {
        if (token == WJB_KEY) {
            if (!words.empty()) words += ", ";
            words += text();
        } else if (token == WJB_VALUE) {
            words += " " + text();
        }
    }
    return words;
}

} // namespace recon::run
