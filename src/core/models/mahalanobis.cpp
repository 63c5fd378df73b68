#include "core/models/mahalanobis.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

// Also where columns follow from each other exactly, there is an inverse.
constexpr double least_shrinkage = 1e-9;

Eigen::Index index(std::size_t i) noexcept {
    return static_cast<Eigen::Index>(i);
}

} // namespace

MahalanobisOptions MahalanobisOptions::read(FitOptions& options) {
    return {read_scaling(options)};
}

Mahalanobis::Mahalanobis(const Sample& sample, const MahalanobisOptions& options)
    : Model(FitSummary(sample)) {
    if (sample.columns > most_columns) {
        throw Error(ErrorKind::limit_exceeded, "there are too many features for a covariance",
                    "A row has " + std::to_string(sample.columns) +
                        " features; there may be at most " + std::to_string(most_columns) + ".");
    }
    space_ = PointSpace(sample, fit().centers, options.scaling);
    for (std::size_t j = 0; j < columns(); ++j)
        if (space_.counts(j)) counting_.push_back(j);
    if (!counting_.empty()) estimate(sample);
    if (!whiten_all()) throw Error(ErrorKind::internal, "a shrunk covariance has no inverse");
}

// The covariance, missing values at their column's mean, and what it is shrunk by: their formulas
// with rows of weights.
void Mahalanobis::estimate(const Sample& sample) {
    const Eigen::Index columns = index(counting_.size());
    const Rows rows = sample.rows();
    const auto total = static_cast<double>(sample.total());
    covariance_ = Eigen::MatrixXd::Zero(columns, columns);
    std::vector<double> squared_lengths(rows.count);
    constexpr std::size_t at_once = 256;
    Eigen::MatrixXd part;
    for (std::size_t first = 0; first < rows.count; first += at_once) {
        poll_interrupt();
        const std::size_t count = std::min(at_once, rows.count - first);
        part.resize(columns, index(count));
        for (std::size_t i = 0; i < count; ++i) {
            const double* row = rows.row(first + i);
            const double share = std::sqrt(static_cast<double>(sample.counts[first + i]) / total);
            for (std::size_t j = 0; j < counting_.size(); ++j) {
                const double value = row[counting_[j]];
                const double at = std::isnan(value) ? 0 : space_.coordinate(counting_[j], value);
                squared_lengths[first + i] += at * at;
                part(index(j), index(i)) = share * at;
            }
        }
        covariance_.selfadjointView<Eigen::Lower>().rankUpdate(part);
    }
    const double mean_variance = covariance_.trace() / static_cast<double>(columns);
    if (!(mean_variance > 0)) {
        covariance_.setIdentity();
        return;
    }
    if (columns == 1) return;
    double fourth = 0; // mean fourth power of the rows' lengths, and below in units of the variance
    for (std::size_t i = 0; i < rows.count; ++i) {
        const double length = squared_lengths[i] / mean_variance;
        fourth += static_cast<double>(sample.counts[i]) / total * (length * length);
    }
    double squares = 0; // sum of the squared covariances
    for (Eigen::Index j = 0; j < columns; ++j) {
        for (Eigen::Index i = j; i < columns; ++i) {
            const double covariance = covariance_(i, j) / mean_variance;
            squares += (i == j ? 1 : 2) * covariance * covariance;
        }
    }
    const auto size = static_cast<double>(columns);
    const double distance = (squares - size) / size; // from the target
    const double noise = std::min((fourth - squares) / (size * total), distance);
    shrinkage_ = distance > 0 ? std::clamp(noise / distance, least_shrinkage, 1.0) : 1.0;
    covariance_ *= 1 - shrinkage_;
    covariance_.diagonal().array() += shrinkage_ * mean_variance;
}

bool Mahalanobis::whiten_all() {
    std::vector<std::size_t> every(counting_.size());
    for (std::size_t j = 0; j < every.size(); ++j)
        every[j] = j;
    all_ = whitening(std::move(every));
    return all_.exists;
}

Mahalanobis::Whitening Mahalanobis::whitening(std::vector<std::size_t> columns) const {
    Whitening made;
    made.columns = std::move(columns);
    const Eigen::Index size = index(made.columns.size());
    if (size == 0) return made;
    Eigen::MatrixXd covariance(size, size);
    for (Eigen::Index j = 0; j < size; ++j) {
        for (Eigen::Index i = j; i < size; ++i) {
            covariance(i, j) = covariance_(index(made.columns[static_cast<std::size_t>(i)]),
                                           index(made.columns[static_cast<std::size_t>(j)]));
        }
    }
    const Eigen::LLT<Eigen::MatrixXd> cholesky(covariance);
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(size, size);
    if (cholesky.info() == Eigen::Success) cholesky.matrixL().solveInPlace(inverse);
    made.exists = cholesky.info() == Eigen::Success && inverse.allFinite();
    made.factor.reserve(made.columns.size() * (made.columns.size() + 1) / 2);
    for (Eigen::Index i = 0; i < size; ++i) {
        for (Eigen::Index j = 0; j <= i; ++j)
            made.factor.push_back(inverse(i, j));
    }
    return made;
}

std::vector<std::size_t> Mahalanobis::known_columns(const double* row) const {
    std::vector<std::size_t> known;
    for (std::size_t j = 0; j < counting_.size(); ++j)
        if (!std::isnan(row[counting_[j]])) known.push_back(j);
    return known;
}

// Rows side by side: each row's sums are made in the same order, whatever their number.
template <std::size_t count>
void Mahalanobis::distances(const Whitening& whitening, const double* rows, double* result) const {
    const std::size_t size = whitening.columns.size();
    std::vector<double> places(size * count);
    for (std::size_t k = 0; k < size; ++k) {
        const std::size_t column = counting_[whitening.columns[k]];
        for (std::size_t i = 0; i < count; ++i)
            places[k * count + i] = space_.coordinate(column, rows[i * columns() + column]);
    }
    double squared[count] = {};
    const double* factor = whitening.factor.data();
    for (std::size_t k = 0; k < size; ++k) {
        double along[count] = {};
        for (std::size_t j = 0; j <= k; ++j, ++factor) {
            for (std::size_t i = 0; i < count; ++i)
                along[i] += *factor * places[j * count + i];
        }
        for (std::size_t i = 0; i < count; ++i)
            squared[i] += along[i] * along[i];
    }
    for (std::size_t i = 0; i < count; ++i)
        result[i] = std::min(std::sqrt(squared[i]), std::numeric_limits<double>::max());
}

void Mahalanobis::score_rows(Rows rows, double* scores) const {
    constexpr std::size_t at_once = 16;
    const auto complete = [&](std::size_t i) {
        return std::none_of(counting_.begin(), counting_.end(),
                            [&](std::size_t j) { return std::isnan(rows.row(i)[j]); });
    };
    Whitening some; // of the last row that was not complete: the next one is often like it
    for (std::size_t i = 0; i < rows.count;) {
        if (i % at_once == 0) poll_interrupt();
        std::size_t run = 0;
        while (run < at_once && i + run < rows.count && complete(i + run))
            ++run;
        if (run == at_once) {
            distances<at_once>(all_, rows.row(i), scores + i);
            i += at_once;
            continue;
        }
        for (const std::size_t end = i + run; i < end; ++i)
            distances<1>(all_, rows.row(i), scores + i);
        if (i == rows.count || complete(i)) continue;
        if (auto known = known_columns(rows.row(i)); known != some.columns)
            some = whitening(std::move(known));
        distances<1>(some, rows.row(i), scores + i);
        ++i;
    }
}

void Mahalanobis::add_contributions(const double* row, double* magnitudes) const {
    const auto some = whitening(known_columns(row));
    const std::size_t size = some.columns.size();
    // Of the inverse covariance: its diagonal, and its product with the row.
    std::vector<double> product(size, 0.0);
    std::vector<double> diagonal(size, 0.0);
    const double* factor = some.factor.data();
    for (std::size_t k = 0; k < size; factor += ++k) {
        double along = 0;
        for (std::size_t j = 0; j <= k; ++j) {
            const std::size_t column = counting_[some.columns[j]];
            along += factor[j] * space_.coordinate(column, row[column]);
        }
        for (std::size_t j = 0; j <= k; ++j) {
            product[j] += factor[j] * along;
            diagonal[j] += factor[j] * factor[j];
        }
    }
    for (std::size_t k = 0; k < size; ++k) {
        const double part = product[k] / std::sqrt(diagonal[k]);
        magnitudes[counting_[some.columns[k]]] =
            std::min(part * part, std::numeric_limits<double>::max());
    }
}

std::string_view Mahalanobis::score_meaning() const noexcept {
    return "0 or more: the row's distance from the mean in standard deviations, correlation "
           "allowed for";
}

void Mahalanobis::describe_method(JsonWriter& json) const {
    json.member("scale", name_of(space_.scaling()));
    json.member("shrinkage", shrinkage_);
}

void Mahalanobis::serialize_method(ByteWriter& writer) const {
    space_.serialize(writer);
    writer.put(shrinkage_);
    for (Eigen::Index j = 0; j < covariance_.cols(); ++j) {
        for (Eigen::Index i = j; i < covariance_.rows(); ++i)
            writer.put(covariance_(i, j));
    }
}

std::unique_ptr<const Model> Mahalanobis::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<Mahalanobis> model(new Mahalanobis(std::move(fit)));
    if (model->columns() > most_columns) reader.refuse("a number of columns is out of range");
    model->space_ = PointSpace::deserialize(reader, model->fit().centers);
    model->shrinkage_ = reader.get<double>();
    if (!(model->shrinkage_ >= 0 && model->shrinkage_ <= 1)) {
        reader.refuse("its shrinkage is out of range");
    }
    for (std::size_t j = 0; j < model->columns(); ++j)
        if (model->space_.counts(j)) model->counting_.push_back(j);
    const std::size_t columns = model->counting_.size();
    if (reader.remaining() / sizeof(double) < columns * (columns + 1) / 2) {
        reader.refuse("the value ends too early");
    }
    model->covariance_ = Eigen::MatrixXd::Zero(index(columns), index(columns));
    for (Eigen::Index j = 0; j < index(columns); ++j) {
        for (Eigen::Index i = j; i < index(columns); ++i) {
            const auto covariance = reader.get<double>();
            if (!std::isfinite(covariance)) reader.refuse("a covariance is not finite");
            model->covariance_(i, j) = covariance;
        }
    }
    if (!model->whiten_all()) reader.refuse("its covariance is none");
    return model;
}

} // namespace recon::models
