#include "core/models/fit.hpp"

#include <string>

#include "core/models/feature_encoding.hpp"

namespace recon::models {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::int64_t largest_seed = std::int64_t{1} << 53;

const Method* known_method(std::string_view name) {
    const Method* method = find_method(name);
    if (method != nullptr) return method;
    throw Error(ErrorKind::invalid_parameter, "there is no such method",
                "Its name is \"" + std::string(name) + "\".");
}

ReservoirOptions read_sampling(FitOptions& options, std::uint32_t usual_rows) {
    ReservoirOptions read;
    read.capacity =
        static_cast<std::uint32_t>(options.integer("max_rows", usual_rows, 2, 1'000'000));
    read.seed = static_cast<std::uint64_t>(options.integer("seed", 0, -largest_seed, largest_seed));
    return read;
}

} // namespace

Fit::Fit(std::string_view method, FitOptions options)
    : options_(std::move(options)), method_(known_method(method)),
      fitter_(method_->prepare(options_)), rows_(read_sampling(options_, method_->usual_rows)) {
    options_.expect_all_read();
}

void Fit::merge(const Fit& other) {
    if (method_ != other.method_ || !(options_ == other.options_)) {
        throw Error(ErrorKind::invalid_parameter, "the options of a fit differ between rows", {},
                    "Give the same options for every row.");
    }
    if (rows_.rows_seen() == 0) kinds_ = other.kinds_;
    if (other.rows_.rows_seen() > 0 && kinds_ != other.kinds_) {
        throw Error(ErrorKind::invalid_parameter, "the features of a row are of other kinds", {},
                    "Give recon_features rows of the same columns and the same roles.");
    }
    rows_.merge(other.rows_);
}

void Fit::expect_kinds(std::span<const double> line) {
    if (rows_.rows_seen() == 0) {
        kinds_ = kinds_of(line);
    } else {
        models::expect_kinds(kinds_, line);
    }
}

std::unique_ptr<const Model> Fit::fit() const {
    if (rows_.empty()) return nullptr;
    return fitter_(kinds_.empty() ? rows_.sample() : encoded(rows_.sample(), kinds_));
}

void Fit::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put_string(method_->name);
    options_.serialize(writer);
    writer.put(static_cast<std::uint32_t>(kinds_.size()));
    for (const auto kind : kinds_)
        writer.put(kind);
    rows_.serialize(writer);
}

Fit Fit::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("its version is unknown");
    const auto method = reader.get_string();
    if (find_method(method) == nullptr) reader.refuse("no method has its name");
    auto options = FitOptions::deserialize(reader);
    try {
        Fit fit(method, std::move(options));
        fit.kinds_.resize(reader.get_count(sizeof(FeatureKind)));
        for (auto& kind : fit.kinds_) {
            kind = reader.get<FeatureKind>();
            if (static_cast<std::size_t>(kind) >= feature_kinds) {
                reader.refuse("the kind of a feature is unknown");
            }
        }
        fit.rows_ = Reservoir::deserialize(reader);
        if (!fit.kinds_.empty() && fit.rows_.columns() != fit.kinds_.size()) {
            reader.refuse("there are not as many kinds as features");
        }
        return fit;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_parameter) throw;
        reader.refuse(error.what());
    }
}

} // namespace recon::models
