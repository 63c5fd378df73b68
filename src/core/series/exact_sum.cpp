#include "core/series/exact_sum.hpp"

#include <algorithm>

namespace recon::series {

namespace {

// What stands above the highest limb: the sign, repeated.
std::uint64_t sign_of(const std::uint64_t* limbs, std::int32_t size) noexcept {
    return size > 0 && (limbs[size - 1] >> 63U) != 0 ? ~std::uint64_t{0} : 0;
}

} // namespace

ExactSum::ExactSum(const ExactSum& other)
    : low_(other.low_), size_(other.size_), inside_(other.inside_) {
    if (other.outside_) {
        outside_ = std::make_unique<std::uint64_t[]>(static_cast<std::size_t>(size_));
        std::copy_n(other.outside_.get(), size_, outside_.get());
    }
}

ExactSum& ExactSum::operator=(const ExactSum& other) {
    if (this != &other) *this = ExactSum(other);
    return *this;
}

void ExactSum::make_room(std::int32_t at, std::int32_t size) {
    std::int32_t low = at;
    std::int32_t end = at + size;
    if (size_ > 0) {
        low = std::min(low, low_);
        end = std::max(end, low_ + size_);
    }
    const std::int32_t wide = end - low;
    std::unique_ptr<std::uint64_t[]> wider;
    std::array<std::uint64_t, limbs_inside> inside{};
    if (wide > limbs_inside) {
        // A spread that has grown once is likely to grow again.
        low = std::max(low - 2, lowest_limb);
        wider = std::make_unique<std::uint64_t[]>(static_cast<std::size_t>(end - low));
    }
    std::uint64_t* const into = wider ? wider.get() : inside.data();
    if (size_ > 0) {
        std::copy_n(limbs(), size_, into + (low_ - low));
        std::fill(into + (low_ - low) + size_, into + (end - low), sign_of(limbs(), size_));
    }
    low_ = low;
    size_ = end - low;
    inside_ = inside;
    outside_ = std::move(wider);
}

void ExactSum::add(const ExactSum& other) {
    if (&other == this) { // making room would move the limbs away that are read
        add(ExactSum(other));
        return;
    }
    const auto [from, low] = other.canonical();
    if (from.empty()) return;
    const auto size = static_cast<std::int32_t>(from.size());
    if (low < low_ || low + size + 1 > low_ + size_) make_room(low, size + 1);
    const std::uint64_t sign = sign_of(from.data(), size);
    std::uint64_t* const into = limbs() + (low - low_);
    const std::int32_t above = low_ + size_ - low;
    bool carry = false;
    for (std::int32_t i = 0; i < above; ++i) {
        const std::uint64_t what = i < size ? from[static_cast<std::size_t>(i)] : sign;
        std::uint64_t sum = 0;
        const bool first = __builtin_add_overflow(into[i], what, &sum);
        const bool second =
            __builtin_add_overflow(sum, static_cast<std::uint64_t>(carry), &into[i]);
        carry = first || second;
    }
}

ExactSum::Canonical ExactSum::canonical() const noexcept {
    const std::uint64_t* const all = limbs();
    std::int32_t begin = 0;
    while (begin < size_ && all[begin] == 0) {
        ++begin;
    }
    std::int32_t end = size_;
    while (end > begin && all[end - 1] == sign_of(all, end - 1)) {
        --end;
    }
    return {{all + begin, static_cast<std::size_t>(end - begin)}, begin == end ? 0 : low_ + begin};
}

void ExactSum::serialize(ByteWriter& writer) const {
    const auto [limbs, low] = canonical();
    writer.put(static_cast<std::int16_t>(low));
    writer.put(static_cast<std::uint8_t>(limbs.size()));
    writer.put_raw(limbs.data(), limbs.size_bytes());
}

ExactSum ExactSum::deserialize(ByteReader& reader) {
    const std::int32_t low = reader.get<std::int16_t>();
    const std::int32_t size = reader.get<std::uint8_t>();
    ExactSum sum;
    if (size == 0) {
        if (low != 0) reader.refuse("an empty sum has a place");
        return sum;
    }
    if (low < lowest_limb || low + size > limb_end) reader.refuse("a sum is out of range");
    sum.make_room(low, size);
    reader.get_raw(sum.limbs() + (low - sum.low_),
                   static_cast<std::size_t>(size) * sizeof(std::uint64_t));
    if (sum.canonical().limbs.size() != static_cast<std::size_t>(size)) {
        reader.refuse("a sum has limbs that say nothing");
    }
    return sum;
}

} // namespace recon::series
