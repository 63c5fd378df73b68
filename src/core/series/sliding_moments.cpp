#include "core/series/sliding_moments.hpp"

#include <string>

#include "core/base/error.hpp"

namespace recon::series {

std::size_t checked_width(std::int64_t width) {
    if (width < 1 || width > widest_window) {
        throw Error(ErrorKind::invalid_parameter, "window width out of range",
                    "The width is " + std::to_string(width) + "; it can be 1 to " +
                        std::to_string(widest_window) + ".");
    }
    return static_cast<std::size_t>(width);
}

} // namespace recon::series
