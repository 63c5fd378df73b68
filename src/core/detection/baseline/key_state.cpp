#include "core/detection/baseline/key_state.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

namespace {

constexpr std::uint8_t format_version = 7;

} // namespace

KeyState::KeyState(std::size_t measures, const BaselineOptions& options)
    : window_(options.window), tolerance_(measures, 0.0), measure_(measures),
      calendar_(options.calendar) {
    options.check();
    std::copy_n(options.tolerance.begin(), std::min(measures, options.tolerance.size()),
                tolerance_.begin());
    start();
}

void KeyState::start() {
    for (std::size_t j = 0; j < measure_.size(); ++j)
        measure_[j].start(window_, tolerance_[j]);
    rate_ = BreakRate{};
    rhythm_ = Rhythm{};
    recent_ = 0;
    dated_ = false;
    date_ = 0;
    standing_ = Standing{};
    held_values_.clear();
    held_breaks_.clear();
    holds_break_ = false;
}

bool KeyState::fits(std::size_t measures, const BaselineOptions& options) const noexcept {
    if (measure_.size() != measures || window_ != options.window ||
        calendar_.calendar() != options.calendar) {
        return false;
    }
    for (std::size_t j = 0; j < measures; ++j) {
        if (tolerance_[j] != (j < options.tolerance.size() ? options.tolerance[j] : 0))
            return false;
    }
    return true;
}

void KeyState::open_date(std::int32_t date) {
    if (dated_) {
        if (date == date_) return;
        if (date < date_) {
            throw Error(ErrorKind::invalid_parameter, "rows of a key must come in order of date");
        }
        close_date();
    }
    dated_ = true;
    date_ = date;
    position_ = calendar_.position(date);
}

std::uint32_t KeyState::hold(std::span<const double> values, bool is_break) {
    held_values_.insert(held_values_.end(), values.begin(), values.end());
    held_breaks_.push_back(is_break);
    holds_break_ = holds_break_ || is_break;
    return static_cast<std::uint32_t>(held_breaks_.size());
}

void KeyState::close_date() {
    standing_ = standing_with_held();
    const std::size_t m = measure_.size();
    if (!held_breaks_.empty()) rhythm_.close(date_, holds_break_);
    for (std::size_t i = 0; i < held_breaks_.size(); ++i) {
        admit(std::span<const double>(held_values_).subspan(i * m, m), held_breaks_[i]);
    }
    held_values_.clear();
    held_breaks_.clear();
    holds_break_ = false;
}

bool KeyState::is_event(std::span<const double> values, bool is_break) const noexcept {
    if (!is_break) return false;
    if (!rate_.previous_break) return true;
    bool missing = false;
    for (std::size_t j = 0; j < values.size(); ++j) {
        if (std::isnan(values[j])) {
            missing = true;
        } else if (!measure_[j].quiet_at_match() && measure_[j].moves(values[j])) {
            return true;
        }
    }
    return missing && !rate_.previous_missing;
}

void KeyState::admit(std::span<const double> values, bool is_break) {
    const bool event = is_event(values, is_break);
    ++rate_.rows;
    rate_.events += event ? 1 : 0;
    rate_.recent_breaks = (rate_.recent_breaks << 1) | (is_break ? 1U : 0U);
    rate_.recent_events = (rate_.recent_events << 1) | (event ? 1U : 0U);
    rate_.previous_break = is_break;
    rate_.previous_missing = false;
    bool is_complete = true;
    for (std::size_t j = 0; j < values.size(); ++j) {
        is_complete = is_complete && std::isfinite(values[j]);
        if (std::isnan(values[j])) rate_.previous_missing = true;
        if (std::isfinite(values[j])) measure_[j].admit(date_, position_, values[j], is_break);
    }
    std::shift_left(recent_dates_.begin(), recent_dates_.end(), 1);
    recent_dates_.back() = date_;
    recent_ = is_complete ? std::min(recent_ + 1, kept_dates) : 0;
}

void KeyState::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(static_cast<std::uint8_t>(measure_.size()));
    writer.put(static_cast<std::uint32_t>(window_));
    for (std::size_t j = 0; j < measure_.size(); ++j) {
        writer.put(tolerance_[j]);
        measure_[j].serialize(writer);
    }
    writer.put(rate_.rows);
    writer.put(rate_.events);
    writer.put(rate_.recent_breaks);
    writer.put(rate_.recent_events);
    writer.put(rate_.previous_break);
    writer.put(rate_.previous_missing);
    rhythm_.serialize(writer);
    writer.put_array(recent_dates());
    writer.put(dated_);
    writer.put(date_);
    writer.put(standing_.is_standing);
    writer.put(standing_.since);
    writer.put(standing_.last);
    writer.put(static_cast<std::uint32_t>(held_breaks_.size()));
    for (const bool is_break : held_breaks_)
        writer.put(is_break);
    writer.put_array(std::span<const double>(held_values_));
}

KeyState KeyState::deserialize(ByteReader& reader, const BaselineOptions& options) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    const std::size_t measures = reader.get<std::uint8_t>();
    if (measures == 0 || measures > max_measures) {
        reader.refuse("the number of measures is out of range");
    }
    KeyState state(measures, options);
    if (reader.get<std::uint32_t>() != state.window_) reader.refuse("made with another window");
    for (std::size_t j = 0; j < measures; ++j) {
        if (reader.get<double>() != state.tolerance_[j]) {
            reader.refuse("made with another tolerance");
        }
        state.measure_[j].deserialize(reader, state.window_, state.tolerance_[j]);
    }
    state.rate_.rows = reader.get<std::uint64_t>();
    state.rate_.events = reader.get<std::uint64_t>();
    if (state.rate_.events > state.rate_.rows || state.rate_.rows > MeasureState::most_rows) {
        reader.refuse("more breaks than rows");
    }
    state.rate_.recent_breaks = reader.get<std::uint64_t>();
    state.rate_.recent_events = reader.get<std::uint64_t>();
    state.rate_.previous_break = reader.get<bool>();
    state.rate_.previous_missing = reader.get<bool>();
    state.rhythm_.deserialize(reader);
    const auto recent = reader.get_array<std::int32_t>();
    state.dated_ = reader.get<bool>();
    state.date_ = reader.get<std::int32_t>();
    if (recent.size() > kept_dates || !std::is_sorted(recent.begin(), recent.end()) ||
        (!recent.empty() && (!state.dated_ || recent.back() > state.date_))) {
        reader.refuse("the dates of the last rows are out of order");
    }
    state.recent_ = recent.size();
    std::copy(recent.begin(), recent.end(),
              state.recent_dates_.end() - static_cast<std::ptrdiff_t>(recent.size()));
    Standing& standing = state.standing_;
    standing.is_standing = reader.get<bool>();
    standing.since = reader.get<std::int32_t>();
    standing.last = reader.get<std::int32_t>();
    if (standing.since > standing.last ||
        (standing.is_standing && (!state.dated_ || standing.last > state.date_))) {
        reader.refuse("an item that stands beyond its dates");
    }
    const std::size_t held = reader.get_count(1);
    for (std::size_t i = 0; i < held; ++i)
        state.held_breaks_.push_back(reader.get<bool>());
    state.holds_break_ = std::find(state.held_breaks_.begin(), state.held_breaks_.end(), true) !=
                         state.held_breaks_.end();
    state.held_values_ = reader.get_array<double>();
    if (state.held_values_.size() != held * measures || (held > 0 && !state.dated_)) {
        reader.refuse("the rows of the newest date are incomplete");
    }
    if (state.dated_) state.position_ = state.calendar_.position(state.date_);
    return state;
}

} // namespace recon::breaks
