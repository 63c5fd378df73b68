#include "core/detection/history/series_value.hpp"

#include <algorithm>
#include <string_view>

#include "core/base/error.hpp"

namespace recon::breaks {

std::string SeriesValue::exact_amount(std::uint64_t tag, std::size_t measure) const {
    tag &= ~(mismatch_bit | other_period_bit | time_of_day_bit);
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

namespace {

// As a numeric is written: digits, or NaN.
void check_texts(const ByteReader& reader, std::string_view texts) {
    while (!texts.empty()) {
        const auto text = texts.substr(0, texts.find(' '));
        texts.remove_prefix(std::min(texts.size(), text.size() + 1));
        if (text != "NaN" && text.find_first_not_of("0123456789.+-eE") != std::string_view::npos) {
            reader.refuse("an amount is not a number");
        }
    }
}

// Tags follow the order of the texts, so that no plan changes the order of the rows.
SeriesValue unpack(ByteReader& reader) {
    const auto head = PackedSeries::read_head(reader);
    const auto rows = reader.get_span(head.rows * head.layout.stride());
    std::vector<PackedSeries::ExactAmounts> amounts;
    std::vector<std::string> texts;
    for (auto count = reader.get_count(2 * sizeof(std::uint32_t)); count > 0; --count) {
        amounts.push_back(PackedSeries::ExactAmounts::read(reader, head.rows));
        texts.push_back(amounts.back().texts);
    }
    std::sort(texts.begin(), texts.end());
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    std::vector<std::uint64_t> tags(amounts.empty() ? 0 : head.rows);
    for (const auto& of_row : amounts) {
        const auto at = std::lower_bound(texts.begin(), texts.end(), of_row.texts);
        tags[of_row.row] = static_cast<std::uint64_t>(at - texts.begin()) + 1;
    }
    return {KeySeries::unpack(head.layout, rows, tags), std::move(texts)};
}

} // namespace

void PackedSeries::write_head(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(layout.measures);
    writer.put(layout.has_content);
    writer.put(undated);
    writer.put(rows);
}

PackedSeries PackedSeries::read_head(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    PackedSeries head;
    head.layout.measures = reader.get<std::uint8_t>();
    if (head.layout.measures == 0 || head.layout.measures > max_measures) {
        reader.refuse("the number of measures is out of range");
    }
    head.layout.has_content = reader.get<bool>();
    head.undated = reader.get<std::uint64_t>();
    head.rows = reader.get_count(head.layout.stride());
    return head;
}

void PackedSeries::ExactAmounts::write(ByteWriter& writer) const {
    writer.put(row);
    writer.put_string(texts);
}

PackedSeries::ExactAmounts PackedSeries::ExactAmounts::read(ByteReader& reader,
                                                            std::uint32_t rows) {
    ExactAmounts amounts;
    amounts.row = reader.get<std::uint32_t>();
    if (amounts.row >= rows) reader.refuse("an amount belongs to no row");
    amounts.texts = reader.get_string();
    check_texts(reader, amounts.texts);
    return amounts;
}

SeriesValue SeriesValue::deserialize(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_series");
    auto value = deserialize(reader);
    reader.expect_end();
    return value;
}

SeriesValue SeriesValue::deserialize(ByteReader& reader) {
    if (reader.peek() == std::byte{PackedSeries::format_version}) {
        auto value = unpack(reader);
        value.series.sort();
        return value;
    }
    SeriesValue value{KeySeries::deserialize(reader), {}};
    const auto count = reader.get_count(sizeof(std::uint32_t));
    value.exact.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        value.exact.push_back(reader.get_string());
        check_texts(reader, value.exact.back());
    }
    value.series.sort();
    return value;
}

} // namespace recon::breaks
