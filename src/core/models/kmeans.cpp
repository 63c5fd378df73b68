#include "core/models/kmeans.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

constexpr std::uint64_t stream = std::uint64_t{5} << 32;

struct Nearest {
    std::size_t center = 0;
    double squared = std::numeric_limits<double>::infinity();
};

double squared_distance(const double* a, const double* b, std::size_t columns) noexcept {
    double sum = 0;
    for (std::size_t j = 0; j < columns; ++j)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

// The first of equally near ones.
Nearest nearest_center(const double* point, std::span<const double> centers,
                       std::size_t columns) noexcept {
    Nearest nearest;
    for (std::size_t c = 0; c * columns < centers.size(); ++c) {
        const double squared = squared_distance(point, centers.data() + c * columns, columns);
        if (squared < nearest.squared) nearest = {c, squared};
    }
    return nearest;
}

// Points with weights that look for their centers.
class Clustering {
  public:
    Clustering(Rows points, const std::vector<std::uint64_t>& counts)
        : points_(points), weights_(counts.begin(), counts.end()), nearest_(points.count) {}

    // Lloyd's iterations from one start; the best of all is kept.
    void run(const KMeansOptions& options, Random& random) {
        draw_centers(options.clusters, random);
        assign();
        for (std::uint32_t i = 0; i < options.iterations; ++i) {
            const auto before = centers_;
            move_centers();
            assign();
            if (centers_ == before) break;
        }
        double inertia = 0;
        for (std::size_t i = 0; i < points_.count; ++i)
            inertia += weights_[i] * nearest_[i].squared;
        if (!(inertia < best_inertia) && !best_centers.empty()) return;
        best_inertia = inertia;
        best_centers = centers_;
        best_sizes.assign(centers_.size() / points_.columns, 0);
        for (std::size_t i = 0; i < points_.count; ++i)
            best_sizes[nearest_[i].center] += weights_[i];
    }

    double best_inertia = std::numeric_limits<double>::infinity();
    std::vector<double> best_centers;
    std::vector<double> best_sizes;

  private:
    // k-means++: each next center is a point drawn with a probability in proportion to its squared
    // distance to the centers that there are.
    void draw_centers(std::uint32_t wanted, Random& random) {
        centers_.clear();
        std::vector<double> mass = weights_;
        std::vector<double> squared(points_.count, std::numeric_limits<double>::infinity());
        for (std::uint32_t c = 0; c < wanted; ++c) {
            poll_interrupt();
            const double total = std::accumulate(mass.begin(), mass.end(), 0.0);
            if (!(total > 0)) return; // every point is a center
            double place = random.uniform() * total;
            std::size_t drawn = points_.count;
            for (std::size_t i = 0; i < points_.count; ++i) {
                if (mass[i] == 0) continue;
                drawn = i;
                place -= mass[i];
                if (place < 0) break;
            }
            const double* center = points_.row(drawn);
            centers_.insert(centers_.end(), center, center + points_.columns);
            for (std::size_t i = 0; i < points_.count; ++i) {
                squared[i] =
                    std::min(squared[i], squared_distance(points_.row(i), center, points_.columns));
                mass[i] = weights_[i] * squared[i];
            }
        }
    }

    void assign() {
        for (std::size_t i = 0; i < points_.count; ++i) {
            if (i % 256 == 0) poll_interrupt();
            nearest_[i] = nearest_center(points_.row(i), centers_, points_.columns);
        }
    }

    // Centers become the means of their points. One that has none goes to the point that is
    // furthest from its own center, another one to the next such point.
    void move_centers() {
        const std::size_t columns = points_.columns;
        const std::size_t count = centers_.size() / columns;
        std::vector<double> sizes(count, 0.0);
        for (std::size_t i = 0; i < points_.count; ++i)
            sizes[nearest_[i].center] += weights_[i];
        std::vector<std::size_t> lost;
        for (std::size_t c = 0; c < count; ++c)
            if (sizes[c] == 0) lost.push_back(c);
        std::fill(centers_.begin(), centers_.end(), 0.0);
        for (std::size_t i = 0; i < points_.count; ++i) {
            const std::size_t c = nearest_[i].center;
            const double share = weights_[i] / sizes[c];
            for (std::size_t j = 0; j < columns; ++j)
                centers_[c * columns + j] += share * points_.row(i)[j];
        }
        if (lost.empty()) return;
        std::vector<std::size_t> far(points_.count);
        std::iota(far.begin(), far.end(), std::size_t{0});
        std::partial_sort(far.begin(), far.begin() + static_cast<std::ptrdiff_t>(lost.size()),
                          far.end(), [&](std::size_t a, std::size_t b) {
                              return nearest_[a].squared != nearest_[b].squared
                                         ? nearest_[a].squared > nearest_[b].squared
                                         : a < b;
                          });
        for (std::size_t k = 0; k < lost.size(); ++k) {
            std::copy_n(points_.row(far[k]), columns,
                        centers_.begin() + static_cast<std::ptrdiff_t>(lost[k] * columns));
        }
    }

    Rows points_;
    std::vector<double> weights_;
    std::vector<Nearest> nearest_;
    std::vector<double> centers_;
};

} // namespace

KMeansOptions KMeansOptions::read(FitOptions& options) {
    KMeansOptions read;
    read.clusters = static_cast<std::uint32_t>(
        options.integer("clusters", read.clusters, 1, KMeans::most_clusters));
    read.starts = static_cast<std::uint32_t>(options.integer("starts", read.starts, 1, 1000));
    read.iterations =
        static_cast<std::uint32_t>(options.integer("iterations", read.iterations, 1, 100'000));
    read.scaling = read_scaling(options);
    return read;
}

KMeans::KMeans(const Sample& sample, const KMeansOptions& options)
    : Model(FitSummary(sample)), space_(sample, fit().centers, options.scaling) {
    const auto places = space_.place(sample.rows());
    Clustering clustering({places.data(), sample.counts.size(), columns()}, sample.counts);
    for (std::uint32_t start = 0; start < options.starts; ++start) {
        Random random(mix64(sample.seed ^ stream) + start);
        clustering.run(options, random);
    }
    inertia_ = clustering.best_inertia;
    const auto& sizes = clustering.best_sizes;
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
    for (const auto c : order) {
        const auto* const center = clustering.best_centers.data() + c * columns();
        centers_.insert(centers_.end(), center, center + columns());
        sizes_.push_back(sizes[c]);
    }
}

void KMeans::score_rows(Rows rows, double* scores) const {
    std::vector<double> place(columns());
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 64 == 0) poll_interrupt();
        space_.place(rows.row(i), place.data());
        scores[i] = std::sqrt(nearest_center(place.data(), centers_, columns()).squared);
    }
}

std::size_t KMeans::cluster_of(const double* row) const {
    std::vector<double> place(columns());
    space_.place(row, place.data());
    return nearest_center(place.data(), centers_, columns()).center + 1;
}

void KMeans::add_contributions(const double* row, double* magnitudes) const {
    const double* center = centers_.data() + (cluster_of(row) - 1) * columns();
    for (std::size_t j = 0; j < columns(); ++j) {
        const double distance = space_.coordinate(j, row[j]) - center[j];
        magnitudes[j] = distance * distance;
    }
}

std::string_view KMeans::score_meaning() const noexcept {
    return "0 or more: the distance to the nearest center, in units of the scale";
}

void KMeans::describe_method(JsonWriter& json) const {
    json.member("scale", name_of(space_.scaling()));
    json.member("inertia", inertia_);
    json.member("sizes", sizes_);
    json.name("centers").open('[');
    for (std::size_t c = 0; c < sizes_.size(); ++c) {
        json.open('[');
        for (std::size_t j = 0; j < columns(); ++j)
            json.value(space_.value(j, centers_[c * columns() + j]));
        json.close(']');
    }
    json.close(']');
}

void KMeans::serialize_method(ByteWriter& writer) const {
    space_.serialize(writer);
    writer.put(inertia_);
    writer.put_array<double>(sizes_);
    writer.put_raw(centers_.data(), centers_.size() * sizeof(double));
}

std::unique_ptr<const Model> KMeans::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<KMeans> model(new KMeans(std::move(fit)));
    model->space_ = PointSpace::deserialize(reader, model->fit().centers);
    model->inertia_ = reader.get<double>();
    if (!(model->inertia_ >= 0)) reader.refuse("its inertia is out of range");
    model->sizes_ = reader.get_array<double>();
    if (model->sizes_.empty() || model->sizes_.size() > most_clusters) {
        reader.refuse("a number of clusters is out of range");
    }
    for (const double size : model->sizes_)
        if (!(size >= 0)) reader.refuse("a cluster's size is out of range");
    const std::size_t numbers = model->sizes_.size() * model->columns();
    if (reader.remaining() / sizeof(double) < numbers) reader.refuse("the value ends too early");
    model->centers_.resize(numbers);
    reader.get_raw(model->centers_.data(), numbers * sizeof(double));
    for (const double coordinate : model->centers_) {
        if (!(std::abs(coordinate) <= 2 * PointSpace::farthest))
            reader.refuse("a center is out of range");
    }
    return model;
}

} // namespace recon::models
