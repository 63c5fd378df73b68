#include "run/fit/stored_fit.hpp"

namespace recon::run {

namespace {

constexpr std::uint8_t format_version = 5;

} // namespace

void StoredFit::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(through);
    writer.put(rows);
    writer.put(keys);
    for (const auto sum : digest.sums())
        writer.put(sum);
    sketch.serialize(writer);
    writer.put(fitted_rows);
    writer.put(static_cast<std::uint32_t>(recent_dates.size()));
    for (const auto& [date, keys_on] : recent_dates) {
        writer.put(date);
        writer.put(keys_on);
    }
    populations.serialize(writer);
    partners.serialize(writer);
    family.serialize(writer);
    large_amounts.serialize(writer);
}

StoredFit StoredFit::deserialize(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "stored fit");
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    StoredFit fit;
    fit.through = reader.get<std::int32_t>();
    fit.rows = reader.get<std::uint64_t>();
    fit.keys = reader.get<std::uint64_t>();
    const auto low = reader.get<std::uint64_t>();
    const auto high = reader.get<std::uint64_t>();
    fit.digest = breaks::RowsDigest({low, high});
    fit.sketch = breaks::RowsSketch::deserialize(reader);
    fit.fitted_rows = reader.get<std::uint64_t>();
    const auto dates = reader.get_count(sizeof(std::int32_t) + sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < dates; ++i) {
        const auto date = reader.get<std::int32_t>();
        fit.recent_dates.emplace_back(date, reader.get<std::uint32_t>());
    }
    if (fit.recent_dates.empty() || fit.recent_dates.back().first != fit.through) {
        reader.refuse("the newest date is missing");
    }
    fit.populations = Populations::deserialize(reader);
    fit.partners = PartnerFit::deserialize(reader);
    fit.family = evidence::FalseDiscoveryCurve::deserialize(reader);
    fit.large_amounts = breaks::LargeAmounts::deserialize(reader);
    reader.expect_end();
    return fit;
}

} // namespace recon::run
