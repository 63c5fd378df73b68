#include "core/models/network.hpp"

#include <cmath>

namespace recon::models {

namespace {

constexpr double rate = 0.005;
constexpr double keep_first = 0.9; // of the moments at each step
constexpr double keep_second = 0.999;
constexpr double least_deviation = 1e-8;

// Not Eigen's own, whose result for a number depends on the place where it stands.
double squash(double x) {
    return std::tanh(x);
}

template <typename Parameters>
void move(Parameters& parameters, Parameters& mean, Parameters& square, const Parameters& gradient,
          double mean_unit, double square_unit) {
    mean = keep_first * mean + (1 - keep_first) * gradient;
    square = keep_second * square + (1 - keep_second) * gradient.cwiseAbs2();
    parameters.array() -= rate * (mean.array() / mean_unit) /
                          ((square.array() / square_unit).sqrt() + least_deviation);
}

} // namespace

Network::Network(std::span<const std::size_t> widths, Random random) {
    for (std::size_t i = 1; i < widths.size(); ++i) {
        auto& layer = layers_.emplace_back();
        const auto inputs = static_cast<Eigen::Index>(widths[i - 1]);
        const auto outputs = static_cast<Eigen::Index>(widths[i]);
        const double most = std::sqrt(6.0 / static_cast<double>(inputs + outputs));
        layer.weights = Eigen::MatrixXd::NullaryExpr(
            outputs, inputs, [&] { return most * (2 * random.uniform() - 1); });
        layer.offsets = Eigen::VectorXd::Zero(outputs);
    }
}

std::size_t Network::weights() const noexcept {
    std::size_t count = 0;
    for (const auto& layer : layers_)
        count += static_cast<std::size_t>(layer.weights.size());
    return count;
}

const Eigen::VectorXd& Network::run(const Eigen::VectorXd& input, Scratch& scratch) const {
    scratch.resize(layers_.size());
    const Eigen::VectorXd* from = &input;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        auto& into = scratch[i];
        into = layers_[i].offsets;
        into.noalias() += layers_[i].weights * *from;
        if (i + 1 < layers_.size()) into = into.unaryExpr(&squash);
        from = &into;
    }
    return *from;
}

void Network::serialize(ByteWriter& writer) const {
    for (const auto& layer : layers_) {
        writer.put_raw(layer.weights.data(), sizeof(double) * std::size_t(layer.weights.size()));
        writer.put_raw(layer.offsets.data(), sizeof(double) * std::size_t(layer.offsets.size()));
    }
}

Network Network::deserialize(ByteReader& reader, std::span<const std::size_t> widths) {
    Network network;
    const auto read = [&](double* into, std::size_t count) {
        reader.get_raw(into, count * sizeof(double));
        for (std::size_t i = 0; i < count; ++i)
            if (!(std::abs(into[i]) <= 1e100)) reader.refuse("a weight is out of range");
    };
    for (std::size_t i = 1; i < widths.size(); ++i) {
        if (reader.remaining() / sizeof(double) / widths[i] < widths[i - 1] + 1) {
            reader.refuse("the value ends too early");
        }
        auto& layer = network.layers_.emplace_back();
        layer.weights.resize(Eigen::Index(widths[i]), Eigen::Index(widths[i - 1]));
        layer.offsets.resize(Eigen::Index(widths[i]));
        read(layer.weights.data(), widths[i] * widths[i - 1]);
        read(layer.offsets.data(), widths[i]);
    }
    return network;
}

NetworkTraining::NetworkTraining(Network& network)
    : network_(network), outputs_(network.layers_.size()) {
    for (const auto& layer : network.layers_) {
        const Eigen::MatrixXd weights =
            Eigen::MatrixXd::Zero(layer.weights.rows(), layer.weights.cols());
        const Eigen::VectorXd offsets = Eigen::VectorXd::Zero(layer.offsets.size());
        moments_.push_back({weights, weights, offsets, offsets});
    }
}

void NetworkTraining::run(const Eigen::MatrixXd& inputs) {
    const Eigen::MatrixXd* from = &inputs;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
        const auto& layer = network_.layers_[i];
        outputs_[i].noalias() = layer.weights * *from;
        outputs_[i].colwise() += layer.offsets;
        if (i + 1 < outputs_.size()) outputs_[i] = outputs_[i].unaryExpr(&squash);
        from = &outputs_[i];
    }
}

double NetworkTraining::error(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& targets,
                              const Eigen::MatrixXd& known) {
    run(inputs);
    return (outputs_.back() - targets).cwiseProduct(known).squaredNorm();
}

// Backpropagation of the mean squared error.
void NetworkTraining::step(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& targets,
                           const Eigen::MatrixXd& known) {
    run(inputs);
    first_decay_ *= keep_first;
    second_decay_ *= keep_second;
    Eigen::MatrixXd error =
        (outputs_.back() - targets).cwiseProduct(known) * (2.0 / double(inputs.cols()));
    for (std::size_t i = outputs_.size(); i-- > 0;) {
        auto& layer = network_.layers_[i];
        const auto& from = i == 0 ? inputs : outputs_[i - 1];
        const Eigen::MatrixXd weights_gradient = error * from.transpose();
        const Eigen::VectorXd offsets_gradient = error.rowwise().sum();
        if (i > 0) {
            const Eigen::MatrixXd slope =
                (1 - outputs_[i - 1].array().square()).matrix(); // of tanh
            const Eigen::MatrixXd back = layer.weights.transpose() * error;
            error = back.cwiseProduct(slope);
        }
        auto& moments = moments_[i];
        move(layer.weights, moments.weights_mean, moments.weights_square, weights_gradient,
             1 - first_decay_, 1 - second_decay_);
        move(layer.offsets, moments.offsets_mean, moments.offsets_square, offsets_gradient,
             1 - first_decay_, 1 - second_decay_);
    }
}

} // namespace recon::models
