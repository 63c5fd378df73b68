// Refusing an option that is out of its range, by the name that it has in SQL.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/firewall.hpp"
#include "core/base/said_number.hpp"

namespace recon::series {

// Raises invalid_parameter unless `holds`. The option is said as in "alpha of an EWMA", what is
// demanded of it as in "a finite number".
inline void require_option(bool holds, std::string_view option, double value,
                           std::string_view demanded) {
    if (holds) return;
    throw Error(ErrorKind::invalid_parameter, std::string(option) + " is out of range",
                "It is " + said_number(value) + "; it must be " + std::string(demanded) + ".");
}

} // namespace recon::series
