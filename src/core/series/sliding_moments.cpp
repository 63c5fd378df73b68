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

void SlidingMoments::serialize(ByteWriter& writer) const {
    writer.put(std::uint8_t{1}); // format
    writer.put(static_cast<std::uint32_t>(width_));
    window_.serialize(writer);
}

SlidingMoments SlidingMoments::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != 1) reader.refuse("its format is not known");
    const auto width = reader.get<std::uint32_t>();
    if (width < 1 || width > widest_window) reader.refuse("a window width is out of range");
    SlidingMoments moments(width);
    moments.window_ = TwoStacks<MeanVariance>::deserialize(reader);
    if (moments.window_.size() > width) reader.refuse("a window holds more than its width");
    return moments;
}

} // namespace recon::series
