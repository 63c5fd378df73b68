// Forecasting a key's next difference, and how improbable the one that came is. All that a run
// needs:
//
//   fit:    rows of a bounded sample of keys (chosen by hash, in key order), those before the dates
//           that are judged:  ForecastPopulation population = ForecastPopulation::fit(rows,
//           options); It is stored (serialize) and belongs to the window; the same rows give the
//           same bits.
//   judge:  one Forecaster for each thread; for each key a KeyForecast, new or read again:
//               KeyForecast key = forecaster.start();            // or forecaster.read(reader)
//               for (const Row& row : rows_in_order_of_date) {
//                   const Verdict verdict = forecaster.take(key, row);   // O(1), whatever the past
//               }
//               key.serialize(writer);
//           Every row is taken, judged dates and earlier ones alike; verdicts of the latter are
//           ignored. Rows of one date never judge each other. What was stored goes on with the same
//           bits that the whole walk would give.
//   pools:  over the verdicts of each date: find_moves() and change_of() (pools.hpp).
//   family: Benjamini and Hochberg over the rows of each date, those with ln_p NaN ("cannot be
//           judged", Ground::none) left out and listed as such.
//
// ln p is 0 where a row is plainly ordinary (p above .05): rates up to .2 reject no other row for
// it.
#pragma once

#include "core/base/firewall.hpp"
#include "core/detection/forecast/calibration.hpp"
#include "core/detection/forecast/key_forecast.hpp"
#include "core/detection/forecast/pools.hpp"
#include "core/detection/forecast/population_fit.hpp"

namespace recon::forecast {

struct Verdict {
    double ln_p = 0; // calibrated; NaN where it cannot be judged
    Judged judged;   // before that
};

class Forecaster {
  public:
    // The population must outlive it. One for each thread.
    explicit Forecaster(const ForecastPopulation& population,
                        std::shared_ptr<const series::Calendar> calendar = {})
        : population_(&population), basis_(population.prior, std::move(calendar)) {}

    [[nodiscard]] KeyForecast start() { return KeyForecast(basis_); }
    [[nodiscard]] KeyForecast read(ByteReader& reader) {
        return KeyForecast::deserialize(reader, basis_);
    }

    // The verdict on a row of the newest date or a later one; a row is held after that.
    [[nodiscard]] Verdict judge(KeyForecast& key, const Row& row) {
        key.open(row.date);
        Verdict verdict;
        verdict.judged = key.judge(row);
        verdict.ln_p =
            population_->calibration.ln_p(verdict.judged, basis_.places.of(row.date), key);
        return verdict;
    }
    Verdict take(KeyForecast& key, const Row& row) {
        const Verdict verdict = judge(key, row);
        key.hold(row, verdict.judged);
        return verdict;
    }

  private:
    const ForecastPopulation* population_;
    Basis basis_;
};

} // namespace recon::forecast
