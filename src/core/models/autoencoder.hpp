// A small neural network that has to give each row back through a narrow middle (Hinton and
// Salakhutdinov 2006): it learns how columns usually go together, and fails at rows in which they
// do not. Columns are standardized and folded by asinh; the layers are columns, m, k, m, columns,
// with tanh between them.
//
// It is trained by Adam (Kingma and Ba 2015) on at most 4,096 rows in the order of their hashes,
// each by its share, until the error on every fifth of them, which it is not trained on, stops
// falling. One thread, one order, one seed: the same rows give the same bits.
#pragma once

#include <memory>
#include <vector>

#include "core/models/model.hpp"
#include "core/models/network.hpp"
#include "core/models/point_space.hpp"

namespace recon::models {

struct AutoencoderOptions {
    std::uint32_t bottleneck = 0; // k; 0: the root of the number of columns, at most 8
    std::uint32_t epochs = 200;   // at most, and fewer where there are very many columns
    Scaling scaling = Scaling::robust;

    // Reads bottleneck, epochs and scale.
    [[nodiscard]] static AutoencoderOptions read(FitOptions& options);
};

class Autoencoder final : public Model {
  public:
    static constexpr std::string_view name = "autoencoder";
    static constexpr std::uint32_t usual_rows = 10'000; // of the sample
    static constexpr std::uint32_t widest_bottleneck = 64;

    Autoencoder(const Sample& sample, const AutoencoderOptions& options);
    [[nodiscard]] static std::unique_ptr<const Model> deserialize(ByteReader& reader,
                                                                  FitSummary fit);

    [[nodiscard]] std::string_view method() const noexcept override { return name; }
    [[nodiscard]] std::string_view score_meaning() const noexcept override;
    void serialize_method(ByteWriter& writer) const override;

  protected:
    void score_rows(Rows rows, double* scores) const override;
    // Each column's squared error.
    void add_contributions(const double* row, double* magnitudes) const override;
    void describe_method(JsonWriter& json) const override;

  private:
    explicit Autoencoder(FitSummary fit) : Model(std::move(fit)) {}

    struct Batch;

    [[nodiscard]] std::vector<Batch> batches_of(const Sample& sample,
                                                std::span<const std::size_t> rows) const;
    void train(const Sample& sample, const AutoencoderOptions& options);
    void place(const double* row, double* point) const;
    template <typename Each>
    void each_error(const double* row, Network::Scratch& scratch, const Each& each) const;

    PointSpace space_;
    Network network_;
    std::uint32_t bottleneck_ = 0;
    std::uint32_t epochs_ = 0; // it was trained for
    double error_ = 0;         // mean squared, of the rows it was not trained on
};

} // namespace recon::models
