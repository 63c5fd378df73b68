#include "core/models/autoencoder.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

// Makes its random numbers others than those the sample was drawn by.
constexpr std::uint64_t stream = std::uint64_t{9} << 32;

constexpr std::uint64_t most_training_rows = 4096;
constexpr std::size_t rows_of_step = 32;
constexpr std::size_t held_out = 5;    // one row of so many
constexpr std::uint32_t patience = 10; // epochs without a smaller error
constexpr double most_products = 3e10; // a training does, about

// Farther out no training: a row there would move all weights. Errors are taken in full.
constexpr double farthest = 8;

std::array<std::size_t, 5> widths(std::size_t columns, std::size_t bottleneck) {
    const std::size_t between = std::max(std::clamp<std::size_t>(columns, 4, 32), bottleneck);
    return {columns, between, bottleneck, between, columns};
}

double clipped(double x) {
    return std::clamp(x, -farthest, farthest);
}

} // namespace

// Rows as columns of matrices.
struct Autoencoder::Batch {
    Eigen::MatrixXd values;
    Eigen::MatrixXd known; // 1, or 0 where a value is missing

    void resize(std::size_t columns, std::size_t rows) {
        values.resize(Eigen::Index(columns), Eigen::Index(rows));
        known.resize(Eigen::Index(columns), Eigen::Index(rows));
    }
};

AutoencoderOptions AutoencoderOptions::read(FitOptions& options) {
    AutoencoderOptions read;
    read.bottleneck = static_cast<std::uint32_t>(
        options.integer("bottleneck", 0, 0, Autoencoder::widest_bottleneck));
    read.epochs = static_cast<std::uint32_t>(options.integer("epochs", read.epochs, 1, 10'000));
    read.scaling = read_scaling(options, read.scaling);
    return read;
}

Autoencoder::Autoencoder(const Sample& sample, const AutoencoderOptions& options)
    : Model(FitSummary(sample)), space_(sample, fit().centers, options.scaling) {
    const auto root = static_cast<std::size_t>(std::sqrt(static_cast<double>(columns())));
    bottleneck_ = options.bottleneck > 0
                      ? options.bottleneck
                      : static_cast<std::uint32_t>(std::clamp<std::size_t>(root, 1, 8));
    network_ = Network(widths(columns(), bottleneck_), Random(mix64(sample.seed ^ stream)));
    train(sample, options);
}

void Autoencoder::place(const double* row, double* point) const {
    space_.place(row, point);
    for (std::size_t j = 0; j < columns(); ++j)
        point[j] = std::asinh(point[j]);
}

std::vector<Autoencoder::Batch> Autoencoder::batches_of(const Sample& sample,
                                                        std::span<const std::size_t> rows) const {
    std::vector<double> point(columns());
    std::vector<Batch> batches((rows.size() + rows_of_step - 1) / rows_of_step);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Batch& batch = batches[i / rows_of_step];
        const std::size_t at = i % rows_of_step;
        if (at == 0) batch.resize(columns(), std::min(rows_of_step, rows.size() - i));
        const double* const row = sample.rows().row(rows[i]);
        place(row, point.data());
        for (std::size_t j = 0; j < columns(); ++j) {
            batch.values(Eigen::Index(j), Eigen::Index(at)) = clipped(point[j]);
            batch.known(Eigen::Index(j), Eigen::Index(at)) =
                std::isnan(row[j]) || !space_.counts(j) ? 0 : 1;
        }
    }
    return batches;
}

void Autoencoder::train(const Sample& sample, const AutoencoderOptions& options) {
    std::vector<std::size_t> trained;
    std::vector<std::size_t> held;
    const auto places = sample.places(most_training_rows);
    for (std::size_t i = 0; i < places.size(); ++i)
        (i % held_out + 1 == held_out ? held : trained).push_back(places[i]);
    if (held.empty()) held = trained;

    const auto training = batches_of(sample, trained);
    const auto checks = batches_of(sample, held);
    double known = 0;
    for (const auto& batch : checks)
        known += batch.known.sum();

    // A step goes through the weights three times for each row.
    const double products = 3 * static_cast<double>(network_.weights() * places.size());
    const auto most_epochs = static_cast<std::uint32_t>(
        std::clamp(most_products / products, 3.0, static_cast<double>(options.epochs)));
    NetworkTraining steps(network_);
    Network best = network_;
    double least = std::numeric_limits<double>::infinity();
    for (std::uint32_t epoch = 1, since = 0; epoch <= most_epochs && since < patience; ++epoch) {
        for (const auto& batch : training) {
            poll_interrupt();
            steps.step(batch.values, batch.values, batch.known);
        }
        double error = 0;
        for (const auto& batch : checks)
            error += steps.error(batch.values, batch.values, batch.known);
        ++since;
        if (error < least) {
            // What changes little does not go on for long.
            if (error < least * 0.999) since = 0;
            least = error;
            best = network_;
            epochs_ = epoch;
        }
    }
    network_ = std::move(best);
    error_ = known > 0 ? least / known : 0;
}

// Calls each(column, squared error) for the columns that are known and count.
template <typename Each>
void Autoencoder::each_error(const double* row, Network::Scratch& scratch, const Each& each) const {
    const auto width = static_cast<Eigen::Index>(columns());
    Eigen::VectorXd point(width);
    place(row, point.data());
    const Eigen::VectorXd input = point.unaryExpr(&clipped);
    const auto& output = network_.run(input, scratch);
    for (std::size_t j = 0; j < columns(); ++j) {
        if (std::isnan(row[j]) || !space_.counts(j)) continue;
        const double error = point[Eigen::Index(j)] - output[Eigen::Index(j)];
        each(j, error * error);
    }
}

void Autoencoder::score_rows(Rows rows, double* scores) const {
    Network::Scratch scratch;
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 64 == 0) poll_interrupt();
        double sum = 0;
        double count = 0;
        each_error(rows.row(i), scratch, [&](std::size_t, double squared) {
            sum += squared;
            count += 1;
        });
        scores[i] = count > 0 ? std::sqrt(sum / count) : 0;
    }
}

void Autoencoder::add_contributions(const double* row, double* magnitudes) const {
    Network::Scratch scratch;
    each_error(row, scratch, [&](std::size_t j, double squared) { magnitudes[j] = squared; });
}

std::string_view Autoencoder::score_meaning() const noexcept {
    return "0 or more: the root of the mean squared error of the known features that the network "
           "gives back, as asinh of units of the scale";
}

void Autoencoder::describe_method(JsonWriter& json) const {
    json.member("bottleneck", static_cast<std::size_t>(bottleneck_));
    json.member("weights", network_.weights());
    json.member("scale", name_of(space_.scaling()));
    json.member("epochs", static_cast<std::size_t>(epochs_));
    json.member("mean_squared_error", error_);
}

void Autoencoder::serialize_method(ByteWriter& writer) const {
    writer.put(bottleneck_);
    writer.put(epochs_);
    writer.put(error_);
    space_.serialize(writer);
    network_.serialize(writer);
}

std::unique_ptr<const Model> Autoencoder::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<Autoencoder> model(new Autoencoder(std::move(fit)));
    const auto bottleneck = model->bottleneck_ = reader.get<std::uint32_t>();
    if (bottleneck == 0 || bottleneck > widest_bottleneck) {
        reader.refuse("the width of a layer is out of range");
    }
    model->epochs_ = reader.get<std::uint32_t>();
    model->error_ = reader.get<double>();
    if (!(model->error_ >= 0) || !std::isfinite(model->error_)) {
        reader.refuse("an error is out of range");
    }
    model->space_ = PointSpace::deserialize(reader, model->fit().centers);
    model->network_ = Network::deserialize(reader, widths(model->columns(), bottleneck));
    return model;
}

} // namespace recon::models
