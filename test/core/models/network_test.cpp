#include "core/models/network.hpp"

#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/base/random.hpp"

namespace recon::models {
namespace {

// Numerical derivatives of the error: what training must go down by.
TEST(NetworkTraining, GoesDownhill) {
    const std::size_t widths[] = {2, 3, 2};
    Network network(widths, Random(1));
    Eigen::MatrixXd inputs(2, 4);
    inputs << 1, -1, 0.5, 0, 0.2, 0.9, -0.7, 0.1;
    const Eigen::MatrixXd known = Eigen::MatrixXd::Ones(2, 4);
    NetworkTraining training(network);
    const double before = training.error(inputs, inputs, known);
    for (int step = 0; step < 2000; ++step)
        training.step(inputs, inputs, known);
    EXPECT_LT(training.error(inputs, inputs, known), before * 1e-3);
}

TEST(NetworkTraining, DoesNotLearnFromWhatIsMissing) {
    const std::size_t widths[] = {1, 2, 1};
    const Eigen::MatrixXd inputs = Eigen::MatrixXd::Constant(1, 3, 0.5);
    const Eigen::MatrixXd targets = Eigen::MatrixXd::Constant(1, 3, 9);
    const Eigen::MatrixXd unknown = Eigen::MatrixXd::Zero(1, 3);
    Network network(widths, Random(1));
    ByteWriter before;
    network.serialize(before);
    NetworkTraining training(network);
    training.step(inputs, targets, unknown);
    ByteWriter after;
    network.serialize(after);
    EXPECT_EQ(before.bytes(), after.bytes());
    EXPECT_EQ(training.error(inputs, targets, unknown), 0);
}

} // namespace
} // namespace recon::models
