// SQL types whose values are serialized C++ objects. Text form is that of bytea, so that dumps are
// readable by any version; every value that enters from outside is checked by reading it whole.
#pragma once

#include <cstddef>
#include <span>

#include "core/base/bytes.hpp"
#include "postgres/datums.hpp"
#include "postgres/guard.hpp"

namespace recon::postgres {

// `Check` reads the bytes and throws recon::Error when they are not a value of the type.
using SerializedCheck = void (*)(std::span<const std::byte>);

template <SerializedCheck Check>
Datum serialized_in(FunctionCallInfo fcinfo) {
    const Datum text = fcinfo->args[0].value;
    const Datum value = guarded([=] { return DirectFunctionCall1(byteain, text); });
    Check(bytes_of(value));
    return value;
}

template <SerializedCheck Check>
Datum serialized_receive(FunctionCallInfo fcinfo) {
    const Datum message = fcinfo->args[0].value;
    const Datum value = guarded([=] { return DirectFunctionCall1(bytearecv, message); });
    Check(bytes_of(value));
    return value;
}

inline Datum serialized_out(FunctionCallInfo fcinfo) {
    const Datum value = fcinfo->args[0].value;
    return guarded([=] { return DirectFunctionCall1(byteaout, value); });
}

inline Datum serialized_send(FunctionCallInfo fcinfo) {
    const Datum value = fcinfo->args[0].value;
    return guarded([=] { return DirectFunctionCall1(byteasend, value); });
}

} // namespace recon::postgres
