#include "core/breaks/calendar_slots.hpp"

#include <cmath>

namespace recon::breaks {

namespace {

struct Month {
    std::int64_t year;
    unsigned month;     // 1 .. 12
    std::int64_t begin; // days since 2000-01-01
};

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - ((a % b != 0 && (a % b < 0) != (b < 0)) ? 1 : 0);
}

// Years begin in March here, so that a leap day ends its year. 2000-03-01 is day 60.
constexpr std::int64_t month_begin(std::int64_t year, unsigned month) {
    const std::int64_t shifted = month > 2 ? year : year - 1;
    const std::int64_t from_march = month > 2 ? month - 3 : month + 9;
    const std::int64_t years = shifted - 2000;
    const std::int64_t leap_days =
        floor_div(years, 4) - floor_div(years, 100) + floor_div(years, 400);
    return 60 + years * 365 + leap_days + (153 * from_march + 2) / 5;
}

Month month_of(std::int64_t date) {
    std::int64_t year = 2000 + floor_div(date * 400, 146097);
    while (month_begin(year + 1, 1) <= date)
        ++year;
    while (month_begin(year, 1) > date)
        --year;
    unsigned month = 1;
    while (month < 12 && month_begin(year, month + 1) <= date)
        ++month;
    return {year, month, month_begin(year, month)};
}

// 0 is Monday; 2000-01-01 was a Saturday.
constexpr unsigned weekday_of(std::int64_t date) {
    const std::int64_t shifted = date + 5;
    return static_cast<unsigned>(shifted - 7 * floor_div(shifted, 7));
}

} // namespace

void CalendarReader::turn_to(std::int32_t date) noexcept {
    const Month month = month_of(date);
    month_begin_ = month.begin;
    month_end_ = month.month < 12 ? month_begin(month.year, month.month + 1)
                                  : month_begin(month.year + 1, 1);
    quarter_ = month.month % 3 == 0;
    std::int64_t day = month_begin_;
    for (std::int64_t& first : first_) {
        while (weekday_of(day) >= 5)
            ++day;
        first = day++;
    }
    day = month_end_ - 1;
    for (std::int64_t& last : last_) {
        while (weekday_of(day) >= 5)
            --day;
        last = day--;
    }
}

CalendarPosition CalendarReader::position(std::int32_t date) noexcept {
    if (date < month_begin_ || date >= month_end_) turn_to(date);
    CalendarPosition position;
    const unsigned weekday = weekday_of(date);
    position.weekday = static_cast<std::uint8_t>(slot_weekday + weekday);
    // Business days after this one until the end of the month, and before it since its start;
    // neither is of interest beyond the second.
    unsigned after = 0;
    for (const std::int64_t last : last_)
        after += date < last ? 1 : 0;
    if (after < last_.size()) {
        position.in_month = static_cast<std::uint8_t>(slot_from_end + after);
        if (after == 0 && quarter_) position.quarter_end = slot_quarter_end;
        return position;
    }
    unsigned before = 0;
    for (const std::int64_t first : first_)
        before += date > first ? 1 : 0;
    if (weekday >= 5 && before > 0) --before; // a weekend counts as the business day before it
    if (before < 3) position.in_month = static_cast<std::uint8_t>(slot_from_start + before);
    return position;
}

void CalendarSlots::record(const CalendarPosition& position, double deviation, bool off) noexcept {
    // Old rows fade: the counts are halved before they could overflow, and so that a key may
    // change.
    if (rows_ >= 1024) {
        rows_ /= 2;
        off_ /= 2;
        for (std::size_t slot = 0; slot < slot_count; ++slot) {
            slot_rows_[slot] /= 2;
            slot_off_[slot] /= 2;
        }
    }
    ++rows_;
    off_ += off ? 1 : 0;
    // Weekdays are known by the rows that have no place in the month: where month ends happen to
    // fall says nothing of them.
    const bool in_month = position.in_month != no_slot;
    record_slot(in_month ? position.in_month : position.weekday, deviation, off);
    if (position.quarter_end != no_slot) record_slot(position.quarter_end, deviation, off);
}

bool CalendarSlots::rare_elsewhere(std::size_t slot) const noexcept {
    const std::uint32_t rows = rows_ > slot_rows_[slot] ? rows_ - slot_rows_[slot] : 0;
    const std::uint32_t off = off_ > slot_off_[slot] ? off_ - slot_off_[slot] : 0;
    return rows >= 8 && off * 4 <= rows;
}

void CalendarSlots::record_slot(std::size_t slot, double deviation, bool off) noexcept {
    ++slot_rows_[slot];
    slot_off_[slot] += off ? 1 : 0;
    deviation_[slot][next_[slot]] = deviation;
    next_[slot] = static_cast<std::uint8_t>((next_[slot] + 1U) % kept);
    if (count_[slot] < kept) ++count_[slot];
}

void CalendarSlots::serialize(ByteWriter& writer) const {
    writer.put(rows_);
    writer.put(off_);
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        writer.put(slot_rows_[slot]);
        writer.put(slot_off_[slot]);
        writer.put(count_[slot]);
        writer.put(next_[slot]);
        for (std::size_t i = 0; i < count_[slot]; ++i)
            writer.put(deviation_[slot][i]);
    }
}

void CalendarSlots::deserialize(ByteReader& reader) {
    clear();
    const auto bounded = [&] {
        const auto count = reader.get<std::uint32_t>();
        if (count > 1024) reader.refuse("a row count is out of range");
        return count;
    };
    rows_ = bounded();
    off_ = bounded();
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        slot_rows_[slot] = bounded();
        slot_off_[slot] = bounded();
        count_[slot] = reader.get<std::uint8_t>();
        next_[slot] = reader.get<std::uint8_t>();
        if (count_[slot] > kept || next_[slot] >= kept) {
            reader.refuse("a calendar position is out of range");
        }
        for (std::size_t i = 0; i < count_[slot]; ++i) {
            deviation_[slot][i] = reader.get<double>();
            if (!std::isfinite(deviation_[slot][i])) reader.refuse("a deviation is not finite");
        }
    }
}

} // namespace recon::breaks
