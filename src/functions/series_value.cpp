#include "functions/series_value.hpp"

#include "core/error.hpp"

namespace recon::functions {

std::string SeriesValue::exact_amount(std::uint64_t tag, std::size_t measure) const {
    tag &= ~mismatch_bit;
    if (tag == 0 || tag > exact.size()) return {};
    const std::string& texts = exact[tag - 1];
    std::size_t begin = 0;
    for (; measure > 0; --measure) {
        begin = texts.find(' ', begin);
        if (begin == std::string::npos) return {};
        ++begin;
    }
    const auto text = texts.substr(begin, texts.find(' ', begin) - begin);
    return text == "-" ? std::string() : text;
}

void SeriesValue::serialize(ByteWriter& writer) const {
    series.serialize(writer);
    writer.put(static_cast<std::uint32_t>(exact.size()));
    for (const auto& texts : exact)
        writer.put_string(texts);
}

SeriesValue SeriesValue::deserialize(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_series");
    SeriesValue value{breaks::KeySeries::deserialize(reader), {}};
    const auto count = reader.get_count(sizeof(std::uint32_t));
    value.exact.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        auto texts = reader.get_string();
        if (texts.find_first_not_of("0123456789.+-eE ") != std::string::npos) {
            reader.refuse("an amount is not a number");
        }
        value.exact.push_back(std::move(texts));
    }
    reader.expect_end();
    value.series.sort();
    return value;
}

SeriesValue one_measure(std::span<const std::byte> bytes) {
    auto value = SeriesValue::deserialize(bytes);
    if (value.series.measures() != 1) {
        throw Error(ErrorKind::invalid_parameter, "the series has more than one measure",
                    "It has " + std::to_string(value.series.measures()) + ".",
                    "Make it by recon_series(at, x).");
    }
    return value;
}

} // namespace recon::functions
