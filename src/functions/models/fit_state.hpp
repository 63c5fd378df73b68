// The state of the fit aggregates, and how a row goes into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/models/fit.hpp"
#include "postgres/guard.hpp"
#include "postgres/held_memory.hpp"
#include "postgres/value_hash.hpp"

namespace recon::functions {

// Where the arguments of a transition function stand, after state and features.
struct Signature {
    int clusters; // 0: the method takes no such number
    int options;
    int identity;
};

struct FitState {
    explicit FitState(models::Fit made) : fit(std::move(made)) { count_memory(); }
    void count_memory() { memory.set(sizeof(*this) + fit.rows().memory_bytes()); }
    models::Fit fit;
    postgres::HeldMemory memory;
    std::vector<double> features;   // storage of the row at hand
    std::vector<std::byte> options; // as the first row brought them, and
    std::int32_t clusters = 0;
    postgres::ValueHash identity;
};

[[nodiscard]] FitState* state_argument(FunctionCallInfo fcinfo, int at);
[[nodiscard]] Datum state_result(FunctionCallInfo fcinfo, FitState* state);

// The transition of a method. A row of NULL features is left out; a NULL identity tells no rows
// apart.
[[nodiscard]] Datum add_row(FunctionCallInfo fcinfo, std::string_view method, const Signature& at);

} // namespace recon::functions
