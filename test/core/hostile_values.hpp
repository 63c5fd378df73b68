// Every type of the core that is read back from bytes, with samples and a way to use it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/detection/baseline/key_state.hpp"
#include "core/detection/history/dated_values.hpp"
#include "core/detection/history/key_series.hpp"
#include "core/detection/history/rows_sketch.hpp"
#include "core/detection/history/series_dates.hpp"
#include "core/detection/history/series_value.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/population/population.hpp"
#include "core/detection/population/shape_models.hpp"
#include "core/detection/verdict/large_amounts.hpp"
#include "core/evidence/false_discovery.hpp"
#include "core/models/fit.hpp"
#include "core/models/model_bytes.hpp"
#include "core/models/reservoir.hpp"
#include "core/series/moments.hpp"
#include "core/statistics/normal_inverse_gamma.hpp"
#include "detection/eventful_series.hpp"
#include "hostile_bytes.hpp"

namespace recon {

inline std::vector<double> some_numbers(std::size_t count) {
    Random random(count);
    std::vector<double> numbers(count);
    for (auto& number : numbers) {
        number = 100 + 10 * random.normal();
    }
    return numbers;
}

// Counts have a bound, which a value that is already there passes when it is used further.
inline constexpr std::int64_t usable_count = std::int64_t{1} << 40;

// The given value after each of the numbers has been fed to it with `feed`.
template <typename T, typename Feed>
T fed(T value, std::size_t count, Feed feed) {
    for (const double number : some_numbers(count)) {
        feed(value, number);
    }
    return value;
}

inline HostileValue hostile_moments() {
    using series::Moments;
    const auto add = [](Moments& moments, double x) { moments.add(x); };
    Moments all_magnitudes;
    for (const double x : {1e300, -1e-300, 5e-324, 0.1}) {
        all_magnitudes.add(x);
    }
    return hostile_value<Moments>(
        "Moments", {Moments{}, fed(Moments{}, 1, add), fed(Moments{}, 50, add), all_magnitudes},
        [](Moments& moments) {
            if (moments.count() + moments.nulls() + moments.non_finite() > usable_count) return;
            moments.add(1);
            moments.add(1e300);
            moments.merge(Moments(moments));
            (void)moments.stddev();
            (void)moments.skewness();
            (void)moments.kurtosis();
        });
}

inline breaks::KeySeries some_series(std::size_t measures, std::size_t rows) {
    breaks::KeySeries series(measures);
    const auto numbers = some_numbers(measures * rows);
    for (std::size_t i = 0; i < rows; ++i) {
        series.append(static_cast<std::int32_t>(8000 + (i * 7) % rows),
                      std::span(numbers).subspan(i * measures, measures), i % 3 != 0, i + 2 > rows,
                      mix64(i), i);
    }
    return series;
}

inline HostileValue hostile_key_series() {
    return hostile_value<breaks::KeySeries>(
        "KeySeries", {some_series(1, 0), some_series(1, 7), some_series(3, 30)},
        [](breaks::KeySeries& series) {
            series.sort();
            (void)series.targets();
        });
}

// As SQL has it: sorted, and packed as a scan hands it on.
inline HostileValue hostile_series_value() {
    using breaks::SeriesValue;
    SeriesValue sorted{some_series(1, 6), {"12345678901234567.89"}};
    sorted.series.sort();
    auto hostile = hostile_value<SeriesValue>("SeriesValue", {sorted}, [](SeriesValue& value) {
        for (std::size_t i = 0; i < value.series.size(); ++i)
            (void)value.exact_amount(value.series.row(i), 1);
    });
    const auto packed = [](bool has_content, std::uint32_t rows) {
        const breaks::PackedSeries head{{2, has_content}, 3, rows};
        ByteWriter writer;
        head.write_head(writer);
        const auto numbers = some_numbers(2 * std::size_t{rows} + 1);
        for (std::uint32_t i = 0; i < rows; ++i) {
            writer.put(static_cast<std::int32_t>(8000 + (i * 7) % rows));
            writer.put(i * 5 % 32);
            if (has_content) writer.put(mix64(i));
            writer.put(numbers[2 * i]);
            writer.put(numbers[2 * i + 1]);
        }
        writer.put(rows > 2 ? 1U : 0U);
        if (rows > 2) breaks::PackedSeries::ExactAmounts{2, "- 98765432109876543.21"}.write(writer);
        return writer.take();
    };
    for (auto& sample : {packed(false, 0), packed(false, 9), packed(true, 12)})
        hostile.samples.push_back(sample);
    return hostile;
}

// A reader of the dates only finds those of every series; of what is none it may read some too.
inline HostileValue hostile_series_dates() {
    auto hostile = hostile_series_value();
    hostile.name = "SeriesDates";
    hostile.read = [read_series = hostile.read](std::span<const std::byte> bytes) {
        std::vector<breaks::RowsOfDate> dates;
        bool is_read = true;
        try {
            dates = breaks::dates_of_series(bytes);
        } catch (const Error&) {
            is_read = false;
        }
        if (!read_series(bytes)) return false;
        if (!is_read) throw BrokenPromise("a series is refused");
        const auto series = breaks::SeriesValue::deserialize(bytes).series;
        std::uint64_t rows = 0;
        std::uint64_t targets = 0;
        for (const auto& there : dates) {
            rows += there.rows;
            targets += there.targets;
        }
        if (rows != series.size() || targets != series.targets()) {
            throw BrokenPromise("a series is read as another");
        }
        return true;
    };
    return hostile;
}

// A reader of dates and values only refuses no more and no less of a series of one measure, and
// reads the same.
inline HostileValue hostile_dated_values() {
    auto hostile = hostile_series_value();
    hostile.name = "DatedValues";
    ByteWriter writer;
    breaks::PackedSeries{{1, false}, 0, 9}.write_head(writer);
    std::int32_t day = 0;
    for (const double number : some_numbers(9)) {
        writer.put(++day);
        writer.put(breaks::PackedRow::break_bit);
        writer.put(number);
    }
    writer.put(0U);
    hostile.samples = {hostile.samples.front(), writer.take()};
    hostile.read = [](std::span<const std::byte> bytes) {
        breaks::SeriesValue value;
        bool is_series = true;
        try {
            value = breaks::SeriesValue::deserialize(bytes);
        } catch (const Error&) {
            is_series = false;
        }
        breaks::DatedValues history;
        try {
            history.read(bytes);
        } catch (const Error&) {
            if (is_series && value.series.measures() == 1)
                throw BrokenPromise("a series is refused");
            return false;
        }
        if (!is_series) throw BrokenPromise("what is no series is read");
        const auto equal = [](double a, double b) {
            return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
        };
        const auto dates = value.series.dates();
        const auto values = value.series.values();
        if (!std::equal(dates.begin(), dates.end(), history.dates().begin(),
                        history.dates().end()) ||
            !std::equal(values.begin(), values.end(), history.values().begin(),
                        history.values().end(), equal)) {
            throw BrokenPromise("a series is read as another");
        }
        return true;
    };
    return hostile;
}

inline HostileValue hostile_relation() {
    using breaks::Relation;
    const auto numbers = some_numbers(2 * breaks::Movement::most_changes);
    const auto partner = std::span(numbers).first(breaks::Movement::most_changes);
    std::vector<double> own(partner.begin(), partner.end());
    for (std::size_t i = 0; i < own.size(); ++i)
        own[i] += 0.1 * numbers[own.size() + i];
    const breaks::CorrelationLimit limit(2, breaks::smallest_correlation);
    const Relation invented{-1e300, 1e-300, 5e-324, -1, 1e300, 5e-324, 20};
    return hostile_value<Relation>("Relation",
                                   {breaks::relate(own, partner, 0, limit).value(), invented},
                                   [](Relation& relation) {
                                       for (const double at : {0.0, relation.mean, -1e300}) {
                                           (void)relation.expected(at);
                                           (void)relation.deviation_at(at);
                                       }
                                   });
}

inline HostileValue hostile_rows_sketch() {
    using breaks::RowsSketch;
    const auto of_rows = [](std::uint64_t rows) {
        RowsSketch sketch;
        for (std::uint64_t row = 0; row < rows; ++row)
            sketch.add(row % 7, static_cast<std::int32_t>(row), mix64(row), row % 2);
        return sketch;
    };
    return hostile_value<RowsSketch>("RowsSketch",
                                     {RowsSketch(), of_rows(5), of_rows(300), of_rows(2000)},
                                     [of_rows](RowsSketch& sketch) {
                                         const auto earlier = of_rows(290);
                                         (void)sketch.changes_since(earlier);
                                         (void)earlier.changes_since(sketch);
                                         (void)sketch.new_places_since(earlier);
                                         sketch.add(earlier);
                                     });
}

// Rows of a key as a run meets them after those that a state or a population knows.
inline breaks::KeySeries rows_from(std::int32_t date, std::size_t measures) {
    constexpr std::int32_t last_date = std::numeric_limits<std::int32_t>::max();
    breaks::KeySeries rows(measures);
    const auto numbers = some_numbers(8 * measures);
    for (std::size_t i = 0; i < 8; ++i) {
        const auto at = std::min<std::int64_t>(date + static_cast<std::int64_t>(i * i), last_date);
        rows.append(static_cast<std::int32_t>(at),
                    std::span(numbers).subspan(i * measures, measures), i % 2 == 0, i > 0, i, i);
    }
    rows.sort();
    return rows;
}

inline const breaks::JudgeOptions& judge_options_of_hostile_states() {
    static const breaks::JudgeOptions options = [] {
        breaks::JudgeOptions small;
        small.window = 12;
        small.tolerance = {0.5};
        return small;
    }();
    return options;
}

// A state is read with the options of its run.
struct KeyStateContent {
    breaks::KeyState state;

    void serialize(ByteWriter& writer) const { state.serialize(writer); }
    static KeyStateContent deserialize(ByteReader& reader) {
        return {breaks::KeyState::deserialize(reader, judge_options_of_hostile_states())};
    }
};

inline HostileValue hostile_key_state() {
    const auto& options = judge_options_of_hostile_states();
    std::vector<KeyStateContent> states;
    for (const std::size_t rows : {0, 4, 40, 300}) {
        for (const std::size_t measures : {1, 2}) {
            states.push_back({breaks::KeyState(measures, options)});
            std::vector<breaks::Finding> findings;
            judge_next(states.back().state, breaks::eventful(rows, rows, measures), {}, options,
                       findings);
        }
    }
    return hostile_value<KeyStateContent>("KeyState", states, [](KeyStateContent& content) {
        auto& state = content.state;
        std::vector<breaks::Finding> findings;
        std::vector<breaks::ItemSpan> items;
        judge_next(state, rows_from(state.date(), state.measures()), {},
                   judge_options_of_hostile_states(), findings, {.items = &items});
    });
}

inline HostileValue hostile_population() {
    const auto& options = judge_options_of_hostile_states();
    std::vector<breaks::Population> populations(1);
    for (const std::size_t measures : {1, 2}) {
        std::vector<breaks::KeySummary> summaries;
        for (std::uint64_t key = 0; key < 30; ++key)
            summaries.push_back(summarize(breaks::eventful(key, 3 * key, measures), options));
        populations.push_back(fit_population(summaries, options));
    }
    return hostile_value<breaks::Population>(
        "Population", populations, [&options](const breaks::Population& population) {
            const std::size_t measures = std::max<std::size_t>(population.measures(), 1);
            for (const std::size_t rows : {1, 3, 60}) {
                std::vector<breaks::Finding> findings;
                judge(breaks::eventful(rows, rows, measures), population, options, findings);
            }
        });
}

inline HostileValue hostile_reservoir() {
    using models::Reservoir;
    const auto sampled = [](std::uint32_t capacity, std::size_t rows) {
        Reservoir reservoir({capacity, 1});
        const auto numbers = some_numbers(2 * rows);
        for (std::size_t i = 0; i < rows; ++i) {
            // One row of three is the same row: a heavy one.
            reservoir.add(std::span(numbers).subspan(i % 3 == 0 ? 0 : 2 * i, 2));
        }
        return reservoir;
    };
    return hostile_value<Reservoir>("Reservoir", {Reservoir(), sampled(100, 20), sampled(8, 300)},
                                    [](Reservoir& reservoir) {
                                        if (reservoir.rows_seen() > usable_count) return;
                                        reservoir.merge(Reservoir(reservoir));
                                        const auto sample = reservoir.sample();
                                        std::vector<double> row(sample.columns, 1.0);
                                        reservoir.add(row);
                                    });
}

// A fit as it travels between the processes of a parallel plan.
inline HostileValue hostile_fit() {
    using models::Fit;
    models::FitOptions options;
    options.set("trees", 3.0);
    options.set("max_rows", 8.0);
    Fit empty("isolation_forest", options);
    Fit fed = empty;
    const auto numbers = some_numbers(40);
    for (std::size_t i = 0; i < 20; ++i)
        fed.rows().add(std::span(numbers).subspan(2 * i, 2));
    Fit mixed = empty;
    mixed.expect_kinds(std::vector<double>{1, 2});
    for (std::size_t i = 0; i < 20; ++i)
        mixed.rows().add(std::span(numbers).subspan(2 * i, 2));
    return hostile_value<Fit>("Fit", {empty, fed, mixed}, [](Fit& fit) {
        if (fit.rows().rows_seen() > usable_count || fit.rows().columns() > 16) return;
        fit.merge(Fit(fit));
        (void)fit.fit();
    });
}

// A model without its head, whose digest would refuse nearly every change before it is looked at.
struct ModelContent {
    std::shared_ptr<const models::Model> model;

    void serialize(ByteWriter& writer) const {
        const auto bytes = models::model_bytes(*model);
        writer.put_raw(bytes.data() + models::model_head_size,
                       bytes.size() - models::model_head_size);
    }
    static ModelContent deserialize(ByteReader& reader) {
        std::vector<std::byte> content(reader.remaining());
        reader.get_raw(content.data(), content.size());
        const auto head = models::model_head(content);
        content.insert(content.begin(), head.begin(), head.end());
        return {models::read_model(content)};
    }
};

inline HostileValue hostile_model(const std::string& method,
                                  const std::vector<models::FitOptions>& fits) {
    std::vector<ModelContent> models;
    for (const auto& options : fits) {
        models::Fit fit(method, options);
        models::Fit mixed = fit;
        mixed.expect_kinds(std::vector<double>{1, 2, 0});
        auto numbers = some_numbers(120);
        numbers[5] = models::missing_value;
        for (std::size_t i = 0; i < 40; ++i) {
            fit.rows().add(std::span(numbers).subspan(3 * i, 3));
            numbers[3 * i + 1] = models::category_code(mix64(i % 7));
            mixed.rows().add(std::span(numbers).subspan(3 * i, 3));
        }
        models.push_back({fit.fit()});
        models.push_back({mixed.fit()});
    }
    return hostile_value<ModelContent>("Model_" + method, models, [](ModelContent& content) {
        const auto& model = *content.model;
        auto rows = some_numbers(40 * model.columns());
        rows[0] = models::missing_value;
        rows.back() = 1e308;
        std::vector<double> scores(40);
        model.score({rows.data(), 40, model.columns()}, scores);
        (void)model.contributions(std::span(rows).first(model.columns()));
        if (model.method() == "kmeans") (void)model.cluster(std::span(rows).first(model.columns()));
        JsonWriter json;
        json.open('{');
        model.describe(json);
    });
}

inline HostileValue hostile_isolation_forest() {
    models::FitOptions small;
    small.set("trees", 2.0);
    small.set("sample_size", 8.0);
    auto extended = small;
    extended.set("columns_per_split", 2.0);
    return hostile_model("isolation_forest", {small, extended});
}

inline HostileValue hostile_ensemble() {
    models::FitOptions options;
    options.set("trees", 2.0);
    options.set("sample_size", 8.0);
    options.set("neighbours", 3.0);
    auto raw = options;
    raw.set("scale", std::string("none"));
    return hostile_model("ensemble", {options, raw});
}

inline models::FitOptions few(const std::string& option, double value = 3) {
    models::FitOptions options;
    options.set(option, value);
    return options;
}

// Fitted on columns as they are and in units of their spread.
inline HostileValue hostile_scaled_model(const std::string& method,
                                         const models::FitOptions& options) {
    auto raw = options;
    raw.set("scale", std::string("none"));
    return hostile_model(method, {options, raw});
}

inline HostileValue hostile_prior() {
    using evidence::NormalInverseGamma;
    return hostile_value<NormalInverseGamma>(
        "NormalInverseGamma",
        {NormalInverseGamma{}, NormalInverseGamma{1, 0.5, 4, 2},
         NormalInverseGamma{0, 1e6, std::numeric_limits<double>::infinity(), 1}},
        [](const NormalInverseGamma& prior) {
            evidence::SampleSummary key;
            for (int i = 0; i < 4; ++i) {
                (void)evidence::predict(prior, key);
                key.add(i);
            }
        });
}

inline HostileValue hostile_false_discovery() {
    using evidence::FalseDiscoveryCurve;
    return hostile_value<FalseDiscoveryCurve>(
        "FalseDiscoveryCurve",
        {FalseDiscoveryCurve(std::vector<double>{}), FalseDiscoveryCurve(std::vector<double>{-1.0}),
         FalseDiscoveryCurve({-20, -12, -7, -7, -3, -2, -0.5, -0.1, 0}),
         FalseDiscoveryCurve({-20, -12, -7}, 1000, -6)},
        [](const FalseDiscoveryCurve& curve) {
            for (const double ln_p : {0.0, -1e-300, -1.0, -10.0, -1e300}) {
                (void)curve.ln_q(ln_p);
            }
        });
}

struct ShapeModelsContent {
    std::shared_ptr<const breaks::ShapeModels> models;

    void serialize(ByteWriter& writer) const { models->serialize(writer); }
    static ShapeModelsContent deserialize(ByteReader& reader) {
        return {breaks::ShapeModels::deserialize(reader)};
    }
};

inline HostileValue hostile_shape_models() {
    const std::vector<std::vector<double>> keys(4, some_numbers(1024));
    const breaks::ForestOptions few_trees{3, 16};
    return hostile_value<ShapeModelsContent>("ShapeModels",
                                             {{breaks::ShapeModels::fit(keys, 2, few_trees)},
                                              {breaks::ShapeModels::fit(keys, 4, few_trees)}},
                                             [](const ShapeModelsContent& content) {
                                                 (void)content.models->ln_p(
                                                     some_numbers(content.models->columns()));
                                             });
}

inline HostileValue hostile_large_amounts() {
    using breaks::LargeAmounts;
    LargeAmounts large;
    for (const double number : some_numbers(40)) {
        large.add(0, "EUR", number);
        large.add(0, number > 100 ? "JPY" : "", number);
        large.add(2, "EUR", -number);
    }
    large.settle();
    return hostile_value<LargeAmounts>("LargeAmounts", {LargeAmounts(), large},
                                       [](const LargeAmounts& amounts) {
                                           (void)amounts.of(0, "EUR");
                                           (void)amounts.of(255, "");
                                       });
}

inline std::vector<HostileValue> hostile_values() {
    return {hostile_moments(),
            hostile_key_series(),
            hostile_series_value(),
            hostile_series_dates(),
            hostile_dated_values(),
            hostile_relation(),
            hostile_rows_sketch(),
            hostile_key_state(),
            hostile_population(),
            hostile_reservoir(),
            hostile_prior(),
            hostile_false_discovery(),
            hostile_large_amounts(),
            hostile_fit(),
            hostile_isolation_forest(),
            hostile_scaled_model("neighbour_distance", few("neighbours")),
            hostile_scaled_model("mahalanobis", {}),
            hostile_scaled_model("local_outlier_factor", few("neighbours")),
            hostile_scaled_model("kmeans", few("clusters")),
            hostile_ensemble(),
            hostile_scaled_model("autoencoder", few("epochs")),
            hostile_shape_models(),
            hostile_model("ecod", {{}}),
            hostile_model("histogram", {few("bins"), few("bins", 60)})};
}

} // namespace recon
