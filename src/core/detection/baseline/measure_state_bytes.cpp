// What is stored of a measure's state, and what its bytes must hold to be taken back.
#include <algorithm>
#include <cmath>

#include "core/detection/baseline/measure_state.hpp"

namespace recon::breaks {

namespace {

void write(ByteWriter& writer, const Baseline& b) {
    writer.put(b.n);
    writer.put(b.trend);
    writer.put(b.quiet);
    writer.put(b.constant);
    for (const double figure : {b.level, b.slope, b.expected, b.variance, b.df, b.tail_df, b.spread,
                                b.unit, b.off_limit}) {
        writer.put(figure);
    }
}

Baseline read(ByteReader& reader) {
    Baseline b;
    b.n = reader.get<std::uint32_t>();
    b.trend = reader.get<bool>();
    b.quiet = reader.get<bool>();
    b.constant = reader.get<bool>();
    for (double* figure : {&b.level, &b.slope, &b.expected, &b.variance, &b.df, &b.tail_df,
                           &b.spread, &b.unit, &b.off_limit}) {
        *figure = reader.get<double>();
        if (!std::isfinite(*figure)) reader.refuse("a remembered figure is not finite");
    }
    if (b.n < 3 || b.variance < 0 || b.df < 0 || b.tail_df < 0 || b.spread < 1 || b.unit < 0 ||
        b.off_limit < 0) {
        reader.refuse("a remembered figure is out of range");
    }
    return b;
}

double non_negative(ByteReader& reader) {
    const auto value = reader.get<double>();
    if (!(value >= 0) || !std::isfinite(value)) reader.refuse("a spread is out of range");
    return value;
}

// Beyond what is remembered of a baseline that was left, all counts are alike: there is room to
// count on.
std::uint32_t rows_since(ByteReader& reader) {
    return std::min(reader.get<std::uint32_t>(), std::uint32_t{1} << 31);
}

} // namespace

void MeasureState::serialize(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(window_.size()));
    for (std::size_t i = 0; i < window_.size(); ++i)
        writer.put(window_.at(i));
    writer.put(index_);
    writer.put(admitted_);
    trend_.serialize(writer);
    writer.put(kept_variance_);
    writer.put(kept_df_);
    writer.put(previous_);
    writer.put(last_move_);
    writer.put(last_move_from_);
    writer.put(last_move_date_);
    writer.put(last_move_left_level_);
    writer.put(previous_off_);
    writer.put(level_since_);
    writer.put(level_is_new_);
    writer.put(run_.length);
    writer.put(run_.same_side);
    writer.put(run_.above);
    writer.put(run_.since);
    writer.put(run_.deviation);
    writer.put(left_.rows);
    if (left_.known()) write(writer, left_.baseline);
    writer.put(origin_.rows);
    if (origin_.known()) write(writer, origin_.baseline);
    for (const double value : recent_)
        writer.put(value);
    writer.put(in_episode_);
    writer.put(episode_peak_);
    writer.put(counts_.quiet_rows);
    writer.put(counts_.openings);
    writer.put(counts_.break_rows);
    writer.put(counts_.stays);
    writer.put(static_cast<std::uint8_t>(episodes_));
    for (std::size_t i = 0; i < episodes_; ++i)
        writer.put(episode_size_[i]);
    slots_.serialize(writer);
    slow_.serialize(writer);
}

void MeasureState::deserialize(ByteReader& reader, std::size_t window, double tolerance) {
    start(window, tolerance);
    const std::size_t n = reader.get_count(sizeof(double));
    if (n > window) reader.refuse("more rows than the window holds");
    for (std::size_t i = 0; i < n; ++i) {
        const double value = reader.get<double>();
        if (!std::isfinite(value)) reader.refuse("a remembered value is not finite");
        window_.push(value);
    }
    index_ = reader.get<std::uint64_t>();
    admitted_ = reader.get<std::uint64_t>();
    if (index_ < n || admitted_ < n || index_ > most_rows || admitted_ > most_rows) {
        reader.refuse("row counts contradict each other");
    }
    trend_.deserialize(reader, window_, index_);
    kept_variance_ = non_negative(reader);
    kept_df_ = non_negative(reader);
    previous_ = reader.get<double>();
    last_move_ = reader.get<double>();
    last_move_from_ = reader.get<double>();
    if ((admitted_ == 0) != std::isnan(previous_) || std::isinf(previous_) ||
        !std::isfinite(last_move_) || !std::isfinite(last_move_from_)) {
        reader.refuse("a remembered value is not finite");
    }
    last_move_date_ = reader.get<std::int32_t>();
    last_move_left_level_ = reader.get<bool>();
    previous_off_ = reader.get<bool>();
    level_since_ = reader.get<std::int32_t>();
    level_is_new_ = reader.get<bool>();
    run_.length = reader.get<std::uint32_t>();
    run_.same_side = reader.get<std::uint32_t>();
    if (run_.length >= OffRun::longest || run_.length > n || run_.same_side > run_.length) {
        reader.refuse("a run is longer than its rows");
    }
    run_.above = reader.get<bool>();
    run_.since = reader.get<std::int32_t>();
    run_.deviation = non_negative(reader);
    left_.rows = rows_since(reader);
    if (left_.known()) left_.baseline = read(reader);
    origin_.rows = rows_since(reader);
    if (origin_.known()) origin_.baseline = read(reader);
    if (run_.length > 0 && !left_.known()) reader.refuse("a run has left no baseline");
    for (double& value : recent_) {
        value = reader.get<double>();
        if (!std::isfinite(value)) reader.refuse("a remembered value is not finite");
    }
    read_episodes(reader);
    slots_.deserialize(reader);
    slow_.deserialize(reader);
    refresh();
}

void MeasureState::read_episodes(ByteReader& reader) {
    in_episode_ = reader.get<bool>();
    episode_peak_ = non_negative(reader);
    counts_.quiet_rows = reader.get<std::uint32_t>();
    counts_.openings = reader.get<std::uint32_t>();
    counts_.break_rows = reader.get<std::uint32_t>();
    counts_.stays = reader.get<std::uint32_t>();
    if (counts_.openings > counts_.quiet_rows || counts_.stays > counts_.break_rows) {
        reader.refuse("more episodes than rows");
    }
    episodes_ = reader.get<std::uint8_t>();
    if (episodes_ > kept_episodes) reader.refuse("too many episodes");
    for (std::size_t i = 0; i < episodes_; ++i) {
        episode_size_[i] = non_negative(reader);
    }
}

} // namespace recon::breaks
