// Everything that is remembered of one key and one measure, and what it says of the next row.
//
//   KeyForecast key(basis);
//   for every date: key.open(date); for its rows: Judged j = key.judge(row); key.hold(row, j);
//
// Rows of one date never judge each other: those that are held enter when a later date is opened.
// A state that was stored and read again goes on with the same bits. It belongs to the basis (the
// prior and the calendar) that it was made with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/changes.hpp"
#include "core/detection/forecast/continuous.hpp"
#include "core/detection/forecast/hurdle.hpp"
#include "core/detection/forecast/missing_side.hpp"
#include "core/detection/forecast/noise_table.hpp"
#include "core/detection/forecast/place_sums.hpp"
#include "core/detection/forecast/places.hpp"
#include "core/detection/forecast/row.hpp"

namespace recon::forecast {

// What all keys of a run share. A copy for each thread: the dates of the calendar are remembered in
// each, the table is one.
struct Basis {
    explicit Basis(const Prior& prior, std::shared_ptr<const series::Calendar> calendar = {})
        : noises(std::make_shared<const NoiseTable>(prior)), places(std::move(calendar)),
          fingerprint(prior.fingerprint()) {}
    std::shared_ptr<const NoiseTable> noises;
    PlaceReader places;
    std::uint64_t fingerprint; // of the prior; holidays may be added after the newest date
};

enum class Ground : std::uint8_t {
    none,    // it cannot be judged: nothing is known of keys like this
    peers,   // a new key, by the first rows of others
    own,     // by its forecasters
    missing, // a side is missing: by how often that happens, and by the size of the other
};

// What the key says of a row, before it is calibrated.
struct Judged {
    double ln_p = 0; // NaN where it cannot be judged
    Ground ground = Ground::none;
    Family family = Family::stationary; // that has most of the weight
    bool is_ordinary = false;           // p is above .05, and was not worked out
    bool is_match = false;              // p is 1, or next to it
    std::uint32_t past = 0;             // rows before its date
    std::uint16_t model = 0;            // the forecaster with most weight
};

// How far a row lies from the forecast of the best location, in deviations of all rows' noise.
struct Deviation {
    double deviations = 0; // with its sign
    double df = 1;
};

// What the reason says.
struct Explanation {
    std::size_t model = 0; // with most weight
    double weight = 0;
    double expected = 0, lower = 0, upper = 0; // 95% of what is normal
    std::uint64_t rows = 0, matches = 0, breaks = 0, missing = 0;
    double typical_break = 0; // its size; 0 without breaks
};

class KeyForecast {
  public:
    explicit KeyForecast(Basis& basis) : basis_(&basis), best_(best_weight()) {}

    // A date before the newest one is an invalid_parameter error.
    void open(series::Day date);
    [[nodiscard]] Judged judge(const Row& row);
    void hold(const Row& row, const Judged& judged);
    void close(); // lets the held rows enter
    // Of the next row on the open date, a known one.
    [[nodiscard]] Deviation deviation(const Row& row);
    [[nodiscard]] Explanation explain();

    [[nodiscard]] std::uint64_t rows() const noexcept { return side_.rows(); }
    [[nodiscard]] const MissingSide& side() const noexcept { return side_; }
    [[nodiscard]] std::uint32_t rows_in(std::size_t place) const noexcept {
        return places_.rows(place);
    }
    // How many rows of its own are no more probable than this, of how many.
    [[nodiscard]] std::uint32_t record(double ln_p) const noexcept;
    [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_; }

    // By how much each model has told the past better, for the shares of models: streamed ones,
    // then those of the calendar.
    void ln_evidence(std::array<double, model_count>& out);
    // The largest squared effect of a place (PlaceSums).
    [[nodiscard]] double squared_effect() const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static KeyForecast deserialize(ByteReader& reader, Basis& basis);

    static constexpr std::size_t record_bins = 44;

  private:
    struct Weights;
    struct Forecasts;
    struct Awake;

    [[nodiscard]] const NoiseTable& table() const noexcept { return *basis_->noises; }
    [[nodiscard]] double tick() const noexcept;
    const Forecasts& forecasts();
    [[nodiscard]] double best_weight() const noexcept;
    [[nodiscard]] Awake awake() const noexcept;
    [[nodiscard]] Judged judge_known(const Row& row);
    [[nodiscard]] bool is_ordinary(const Forecasts& f, const Weights& w, double x) const;
    [[nodiscard]] static bool is_ordinary_by(const Forecasts& f, std::size_t model, double x);
    void weigh_streamed(Weights& w) const;
    void weigh_places(const Forecasts& f, Weights& w) const;
    [[nodiscard]] double ln_p_of(const Forecasts& f, const Weights& w, std::size_t i,
                                 double x) const;
    [[nodiscard]] double place_bound(const Forecasts& f, const Weights& all, double x) const;
    void score(const Forecasts& f, double x);
    void add_scores(const Awake& awake, const std::array<double, streamed_count>& scores);
    void learn(const Row& row, std::size_t at);

    struct Held {
        Row row;
        double ln_p = 0;
        bool counts = false; // in the key's own record
    };

    // Forecasters that are asked about a date and learn from it. The others are far behind; they
    // live in slow time (key_forecast.cpp).
    struct Awake {
        bool continuous = true, reset = true, weekday = true, levels = true;
    };

    struct Forecasts {
        bool is_known = false;
        Awake awake;
        double tick = 0;
        DatePlaces places;
        bool starts_month = false;
        ContinuousForecast continuous;
        HurdleForecast hurdle;
        StudentForecast reset{}, weekday{};
        TwoLevelsForecast levels;
    };

    Basis* basis_;
    std::array<double, streamed_count> score_{};
    double best_; // weight, by the scores
    Continuous continuous_;
    Hurdle hurdle_;
    MonthlyReset reset_;
    WeekdayNoise weekday_;
    TwoLevels levels_;
    PlaceSums places_;
    MissingSide side_;
    bool has_fraction_ = false;
    std::array<std::uint16_t, record_bins> record_{};
    std::uint64_t recorded_ = 0;
    bool is_dated_ = false;
    series::Day date_ = 0;
    std::int32_t last_month_ = 0; // of the last row that was learned from
    std::vector<Held> held_;
    Forecasts forecasts_;
    std::vector<double> values_; // of the date that is closed
};

} // namespace recon::forecast
