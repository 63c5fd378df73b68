#include "core/detection/forecast/key_forecast.hpp"

#include <cmath>

namespace recon::forecast {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t most_held = 1U << 20;

void write(ByteWriter& writer, const Row& row) {
    writer.put(row.date);
    writer.put(row.value);
    writer.put(row.amount);
    writer.put(row.lacks_side);
    writer.put(row.is_disputed);
}

Row read_row(ByteReader& reader) {
    Row row;
    row.date = reader.get<series::Day>();
    row.value = reader.get<double>();
    row.amount = reader.get<double>();
    row.lacks_side = reader.get<bool>();
    row.is_disputed = reader.get<bool>();
    return row;
}

} // namespace

void KeyForecast::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(basis_->fingerprint);
    for (const double score : score_)
        writer.put(score);
    continuous_.serialize(writer);
    hurdle_.serialize(writer);
    reset_.serialize(writer);
    weekday_.serialize(writer);
    levels_.serialize(writer);
    places_.serialize(writer);
    side_.serialize(writer);
    writer.put(has_fraction_);
    std::uint64_t bins = 0;
    for (std::size_t i = 0; i < record_bins; ++i)
        bins |= record_[i] > 0 ? std::uint64_t{1} << i : 0;
    writer.put(bins);
    for (const std::uint16_t count : record_) {
        if (count > 0) writer.put(count);
    }
    writer.put(recorded_);
    writer.put(is_dated_);
    writer.put(date_);
    writer.put(last_month_);
    writer.put(static_cast<std::uint32_t>(held_.size()));
    for (const Held& held : held_) {
        write(writer, held.row);
        writer.put(held.ln_p);
        writer.put(held.counts);
    }
}

KeyForecast KeyForecast::deserialize(ByteReader& reader, Basis& basis) {
    if (reader.get<std::uint8_t>() != format_version) {
        reader.refuse("the format of the forecasts is another");
    }
    if (reader.get<std::uint64_t>() != basis.fingerprint) {
        reader.refuse("the forecasts belong to another fit or calendar");
    }
    KeyForecast key(basis);
    for (double& score : key.score_) {
        score = reader.get<double>();
        if (!std::isfinite(score)) reader.refuse("a score is not finite");
    }
    key.best_ = key.best_weight();
    key.continuous_.deserialize(reader);
    key.hurdle_.deserialize(reader);
    key.reset_.deserialize(reader);
    key.weekday_.deserialize(reader);
    key.levels_.deserialize(reader);
    key.places_.deserialize(reader);
    key.side_.deserialize(reader);
    key.has_fraction_ = reader.get<bool>();
    const auto bins = reader.get<std::uint64_t>();
    if (bins >> record_bins != 0) reader.refuse("the record has no such bin");
    for (std::size_t i = 0; i < record_bins; ++i) {
        if ((bins >> i & 1U) != 0) key.record_[i] = reader.get<std::uint16_t>();
    }
    key.recorded_ = reader.get<std::uint64_t>();
    if (key.recorded_ > key.side_.rows()) reader.refuse("the record has more rows than the key");
    key.is_dated_ = reader.get<bool>();
    key.date_ = reader.get<series::Day>();
    key.last_month_ = reader.get<std::int32_t>();
    const std::size_t held = reader.get_count(sizeof(series::Day) + 3 * sizeof(double) + 3);
    if (held > most_held) reader.refuse("too many rows of one date");
    for (std::size_t i = 0; i < held; ++i) {
        Held row;
        row.row = read_row(reader);
        row.ln_p = reader.get<double>();
        row.counts = reader.get<bool>();
        if (row.row.date != key.date_) reader.refuse("a held row is of another date");
        if (row.counts && std::isnan(row.ln_p)) reader.refuse("a probability is not a number");
        key.held_.push_back(row);
    }
    return key;
}

} // namespace recon::forecast
