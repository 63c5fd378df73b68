#include "core/models/fit.hpp"

#include <string>

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
    rows_.merge(other.rows_);
}

std::unique_ptr<const Model> Fit::fit() const {
    return rows_.empty() ? nullptr : fitter_(rows_.sample());
}

void Fit::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put_string(method_->name);
    options_.serialize(writer);
    rows_.serialize(writer);
}

Fit Fit::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("its version is unknown");
    const auto method = reader.get_string();
    if (find_method(method) == nullptr) reader.refuse("no method has its name");
    auto options = FitOptions::deserialize(reader);
    try {
        Fit fit(method, std::move(options));
        fit.rows_ = Reservoir::deserialize(reader);
        return fit;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_parameter) throw;
        reader.refuse(error.what());
    }
}

} // namespace recon::models
