// A network of dense layers with tanh between them, and its training by Adam (Kingma and Ba 2015).
#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/base/random.hpp"

namespace recon::models {

class Network {
  public:
    Network() = default;
    // Widths of all layers, from the input to the output. Weights are drawn uniformly, in units
    // that keep variances (Glorot and Bengio 2010).
    Network(std::span<const std::size_t> widths, Random random);

    // How many weights there are, which is what a row costs.
    [[nodiscard]] std::size_t weights() const noexcept;

    using Scratch = std::vector<Eigen::VectorXd>;

    // The output for an input; lives in the scratch, until it is used again.
    const Eigen::VectorXd& run(const Eigen::VectorXd& input, Scratch& scratch) const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Network deserialize(ByteReader& reader,
                                             std::span<const std::size_t> widths);

  private:
    friend class NetworkTraining;

    struct Layer {
        Eigen::MatrixXd weights; // outputs x inputs
        Eigen::VectorXd offsets;
    };
    std::vector<Layer> layers_;
};

// Makes the outputs of a network equal its targets in the mean of squares.
class NetworkTraining {
  public:
    explicit NetworkTraining(Network& network);

    // One step on some rows, which are columns of the matrices. What is 0 in `known` has no error.
    void step(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& targets,
              const Eigen::MatrixXd& known);

    // The sum of squared errors of rows.
    [[nodiscard]] double error(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& targets,
                               const Eigen::MatrixXd& known);

  private:
    struct Moments {
        Eigen::MatrixXd weights_mean, weights_square;
        Eigen::VectorXd offsets_mean, offsets_square;
    };
    void run(const Eigen::MatrixXd& inputs);

    Network& network_;
    std::vector<Eigen::MatrixXd> outputs_; // of each layer
    std::vector<Moments> moments_;
    double first_decay_ = 1; // of the moments so far
    double second_decay_ = 1;
};

} // namespace recon::models
