#include "core/detection/baseline/rhythm.hpp"

#include <algorithm>

namespace recon::breaks {

bool Rhythm::is_out(std::int64_t gap, bool sooner_only, double factor) const noexcept {
    if (gaps_ < needed_gaps) return false;
    const double longest = longest_;
    const auto days = static_cast<double>(gap);
    if (days * factor < shortest_) return true;
    return !sooner_only && days > std::max(longest * factor, longest + 3);
}

void Rhythm::measure_gaps() noexcept {
    shortest_ = longest_ = gap_.back();
    for (auto at = gap_.end() - gaps_; at < gap_.end(); ++at) {
        shortest_ = std::min(shortest_, *at);
        longest_ = std::max(longest_, *at);
    }
}

bool Rhythm::is_out(std::int32_t date, double factor) const noexcept {
    return is_out(std::int64_t{date} - anchor_, false, factor);
}

void Rhythm::close(std::int32_t date, bool any_break) {
    if (any_break && !in_break_) since_ = date;
    in_break_ = any_break;
    if (!dated_) {
        dated_ = true;
        previous_ = anchor_ = date;
        return;
    }
    const auto gap = std::int64_t{date} - anchor_;
    // As ever: nothing to find out, and nothing new to remember.
    if (gaps_ == kept_gaps && gap == shortest_ && gap == longest_ && anchor_ == previous_) {
        previous_ = anchor_ = date;
        odd_ = 0;
        return;
    }
    const bool sooner = is_out(gap, true, usual_factor);
    const bool out = is_out(gap, false, usual_factor);
    // After a row in between the next regular one is soon after it, but in rhythm.
    const bool soon_after = is_out(std::int64_t{date} - previous_, true, usual_factor);
    previous_ = date;
    odd_ = out || soon_after ? static_cast<std::uint8_t>(odd_ + 1) : std::uint8_t{0};
    if (odd_ == 3) {
        gaps_ = odd_ = 0;
    } else if (!out) {
        std::move(gap_.begin() + 1, gap_.end(), gap_.begin());
        gap_.back() = static_cast<std::uint32_t>(gap);
        if (gaps_ < kept_gaps) ++gaps_;
        measure_gaps();
    }
    if (!sooner || gaps_ == 0) anchor_ = date;
}

void Rhythm::serialize(ByteWriter& writer) const {
    writer.put(dated_);
    writer.put(in_break_);
    writer.put(gaps_);
    writer.put(odd_);
    writer.put(since_);
    writer.put(previous_);
    writer.put(anchor_);
    for (const auto gap : gap_)
        writer.put(gap);
}

void Rhythm::deserialize(ByteReader& reader) {
    dated_ = reader.get<bool>();
    in_break_ = reader.get<bool>();
    gaps_ = reader.get<std::uint8_t>();
    odd_ = reader.get<std::uint8_t>();
    since_ = reader.get<std::int32_t>();
    previous_ = reader.get<std::int32_t>();
    anchor_ = reader.get<std::int32_t>();
    for (auto& gap : gap_)
        gap = reader.get<std::uint32_t>();
    if (gaps_ > kept_gaps || odd_ >= 3 || anchor_ > previous_ || (in_break_ && !dated_)) {
        reader.refuse("the dates of the key contradict each other");
    }
    measure_gaps();
}

} // namespace recon::breaks
