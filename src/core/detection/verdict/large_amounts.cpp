#include "core/detection/verdict/large_amounts.hpp"

#include <algorithm>
#include <cmath>

namespace recon::breaks {

void LargeAmounts::add(std::uint8_t measure, std::string_view currency, double observed) {
    if (std::isnan(observed)) return;
    if (amounts_.size() <= measure) amounts_.resize(measure + std::size_t{1});
    auto& of_measure = amounts_[measure];
    auto unit = of_measure.find(currency);
    if (unit == of_measure.end()) unit = of_measure.try_emplace(std::string(currency)).first;
    unit->second.push_back(std::abs(observed));
}

void LargeAmounts::settle() {
    begins_.assign(amounts_.size(), {});
    for (std::size_t measure = 0; measure < amounts_.size(); ++measure) {
        for (auto& [currency, amounts] : amounts_[measure]) {
            const auto large = amounts.size() / 10;
            if (large == 0) continue;
            const auto begin = amounts.end() - static_cast<std::ptrdiff_t>(large);
            std::nth_element(amounts.begin(), begin, amounts.end());
            begins_[measure].emplace(currency, *begin);
        }
    }
    amounts_.clear();
}

double LargeAmounts::of(std::uint8_t measure, std::string_view currency) const noexcept {
    if (measure >= begins_.size()) return unknown;
    const auto unit = begins_[measure].find(currency);
    return unit == begins_[measure].end() ? unknown : unit->second;
}

void LargeAmounts::serialize(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(begins_.size()));
    for (const auto& of_measure : begins_) {
        writer.put(static_cast<std::uint32_t>(of_measure.size()));
        for (const auto& [currency, begin] : of_measure) {
            writer.put_string(currency);
            writer.put(begin);
        }
    }
}

LargeAmounts LargeAmounts::deserialize(ByteReader& reader) {
    LargeAmounts large;
    const auto measures = reader.get_count(sizeof(std::uint32_t));
    for (std::uint32_t measure = 0; measure < measures; ++measure) {
        auto& of_measure = large.begins_.emplace_back();
        const auto currencies = reader.get_count(sizeof(std::uint32_t) + sizeof(double));
        for (std::uint32_t i = 0; i < currencies; ++i) {
            auto currency = reader.get_string();
            const auto begin = reader.get<double>();
            if (!(begin >= 0)) reader.refuse("a large amount is none");
            if (!of_measure.emplace(std::move(currency), begin).second) {
                reader.refuse("a currency is there twice");
            }
        }
    }
    return large;
}

} // namespace recon::breaks
