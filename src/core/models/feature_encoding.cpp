#include "core/models/feature_encoding.hpp"

#include <map>

#include "core/base/interrupt.hpp"

namespace recon::models {

FeatureEncoding::FeatureEncoding(const Sample& sample, std::span<const FeatureKind> kinds)
    : kinds_(kinds.begin(), kinds.end()) {
    const auto centers = column_centers(sample);
    const Rows rows = sample.rows();
    for (std::size_t j = 0; j < kinds_.size(); ++j) {
        if (kinds_[j] == FeatureKind::number) continue;
        poll_interrupt();
        std::map<double, std::uint64_t> counts;
        double total = 0;
        for (std::size_t i = 0; i < rows.count; ++i) {
            if (std::isnan(rows.row(i)[j])) continue;
            counts[rows.row(i)[j]] += sample.counts[i];
            total += static_cast<double>(sample.counts[i]);
        }
        if (kinds_[j] == FeatureKind::amount) {
            scales_.push_back(asinh_scale(centers[j], counts));
            continue;
        }
        auto& categories = categories_.emplace_back();
        for (const auto& [code, count] : counts) {
            if (count < 2) continue;
            categories.codes.push_back(code);
            categories.rareness.push_back(std::log(total / static_cast<double>(count)));
        }
        categories.rarest = std::log(std::max(total, 1.0));
    }
}

double FeatureEncoding::rareness(const Categories& categories, double code) noexcept {
    if (!std::isfinite(code)) return code;
    const auto& codes = categories.codes;
    const auto found = std::lower_bound(codes.begin(), codes.end(), code);
    return found != codes.end() && *found == code
               ? categories.rareness[static_cast<std::size_t>(found - codes.begin())]
               : categories.rarest;
}

void FeatureEncoding::encode(Rows rows, double* features) const {
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 1024 == 0) poll_interrupt();
        const double* row = rows.row(i);
        auto scale = scales_.begin();
        auto categories = categories_.begin();
        for (const auto kind : kinds_) {
            const double value = *row++;
            switch (kind) {
            case FeatureKind::number:
                *features++ = value;
                break;
            case FeatureKind::amount:
                *features++ = std::isfinite(value) ? (*scale)(value) : value;
                ++scale;
                break;
            case FeatureKind::category:
                *features++ = rareness(*categories++, value);
                break;
            }
        }
    }
}

void FeatureEncoding::describe(JsonWriter& json) const {
    json.open('[');
    auto scale = scales_.begin();
    auto categories = categories_.begin();
    for (const auto kind : kinds_) {
        json.open('{');
        json.member("kind", name_of(kind));
        if (kind == FeatureKind::amount) {
            json.member("center", scale->center);
            json.member("spread", (scale++)->spread);
        }
        if (kind == FeatureKind::category) {
            json.member("categories", categories->codes.size());
            json.member("rarest", (categories++)->rarest);
        }
        json.close('}');
    }
    json.close(']');
}

void FeatureEncoding::serialize(ByteWriter& writer) const {
    for (const auto kind : kinds_)
        writer.put(kind);
    for (const auto& scale : scales_) {
        writer.put(scale.center);
        writer.put(scale.spread);
    }
    for (const auto& categories : categories_) {
        writer.put_array<double>(categories.codes);
        writer.put_array<double>(categories.rareness);
        writer.put(categories.rarest);
    }
}

FeatureEncoding FeatureEncoding::deserialize(ByteReader& reader, std::size_t columns) {
    FeatureEncoding encoding;
    for (std::size_t j = 0; j < columns; ++j) {
        const auto kind = reader.get<FeatureKind>();
        if (static_cast<std::size_t>(kind) >= feature_kinds) {
            reader.refuse("the kind of a feature is unknown");
        }
        encoding.kinds_.push_back(kind);
    }
    for (const auto kind : encoding.kinds_) {
        if (kind != FeatureKind::amount) continue;
        auto& scale = encoding.scales_.emplace_back();
        scale.center = reader.get<double>();
        scale.spread = reader.get<double>();
        if (!std::isfinite(scale.center) || !(scale.spread > 0) || !std::isfinite(scale.spread)) {
            reader.refuse("the scale of an amount is out of range");
        }
    }
    for (const auto kind : encoding.kinds_) {
        if (kind != FeatureKind::category) continue;
        auto& categories = encoding.categories_.emplace_back();
        categories.codes = reader.get_array<double>();
        categories.rareness = reader.get_array<double>();
        categories.rarest = reader.get<double>();
        bool good = categories.codes.size() == categories.rareness.size() &&
                    std::isfinite(categories.rarest);
        for (std::size_t i = 0; good && i < categories.codes.size(); ++i) {
            good = std::isfinite(categories.codes[i]) && std::isfinite(categories.rareness[i]) &&
                   (i == 0 || categories.codes[i - 1] < categories.codes[i]);
        }
        if (!good) reader.refuse("the categories of a column are out of order");
    }
    return encoding;
}

Sample encoded(Sample sample, std::span<const FeatureKind> kinds) {
    auto encoding = std::make_shared<const FeatureEncoding>(sample, kinds);
    std::vector<double> features(sample.values.size());
    encoding->encode(sample.rows(), features.data());
    sample.values = std::move(features);
    sample.encoding = std::move(encoding);
    return sample;
}

} // namespace recon::models
