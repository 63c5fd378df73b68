#include "core/detection/baseline/calendar_slots.hpp"

#include <cmath>

namespace recon::breaks {

namespace {

// How many bits are set, three standing for more: as much as is asked here, and less than counting
// all of them takes where the processor's own instruction cannot be assumed.
unsigned up_to_three(std::uint32_t bits) noexcept {
    unsigned count = bits != 0 ? 1 : 0;
    bits &= bits - 1;
    count += bits != 0 ? 1 : 0;
    bits &= bits - 1;
    return count + (bits != 0 ? 1 : 0);
}

} // namespace

CalendarPosition CalendarReader::position(std::int32_t date) noexcept {
    if (date < month_.first || date > month_.last) {
        static const series::Calendar without_holidays;
        month_ = (calendar_ ? *calendar_ : without_holidays).month_days(date);
        quarter_ = series::civil_of(date).month % 3 == 0;
    }
    const auto day = static_cast<unsigned>(date - month_.first);
    const auto is_in = [&](std::uint32_t days) { return (days >> day & 1U) != 0; };
    CalendarPosition position;
    position.weekday = static_cast<std::uint8_t>(
        is_in(month_.holidays)
            ? slot_holiday
            : slot_weekday + static_cast<std::size_t>(series::weekday(date)) - 1);
    if (month_.business == 0) return position;
    // Business days after this one until the end of the month, and before it since its start;
    // neither is of interest beyond the second.
    const auto after = up_to_three(month_.business >> day >> 1);
    if (after < 3) {
        position.in_month = static_cast<std::uint8_t>(slot_from_end + after);
        if (after == 0 && quarter_) position.quarter_end = slot_quarter_end;
        return position;
    }
    std::uint32_t earlier = month_.business & ((1U << day) - 1);
    if (!is_in(month_.business)) earlier &= earlier - 1; // counts as the business day before it
    if (const auto before = up_to_three(earlier); before < 3) {
        position.in_month = static_cast<std::uint8_t>(slot_from_start + before);
    }
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
    if (position.weekday == slot_holiday) {
        // What happens while nobody works says nothing of the days on which the others do.
        record_slot(slot_holiday, deviation, off);
        return;
    }
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
    if (off_ > rows_) reader.refuse("more rows off a level than rows");
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        slot_rows_[slot] = bounded();
        slot_off_[slot] = bounded();
        count_[slot] = reader.get<std::uint8_t>();
        next_[slot] = reader.get<std::uint8_t>();
        if (slot_rows_[slot] > rows_ || slot_off_[slot] > slot_rows_[slot]) {
            reader.refuse("more rows off a level than rows");
        }
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
