// The prior and the calibration, learned from a bounded sample of keys.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/base/thread_team.hpp"
#include "core/detection/forecast/calibration.hpp"
#include "core/detection/forecast/prior.hpp"
#include "core/detection/forecast/row.hpp"
#include "core/series/calendar.hpp"

namespace recon::forecast {

struct FitOptions {
    double tick = 0.01; // one minor unit
    std::shared_ptr<const series::Calendar> calendar;
};

// The past rows of one key, in the order of their dates.
using KeyRows = std::span<const Row>;

// Moments of a key's past, and what they say together. Keys come in an order that does not depend
// on the plan: it decides the last bits of the sums.
[[nodiscard]] Prior fit_moments(std::span<const KeyRows> keys, double tick);

// The shares of forecasters, by expectation and maximization over what each has told of each key.
void fit_shares(std::span<const KeyRows> keys, const FitOptions& options, Prior& prior,
                ThreadTeam* team = nullptr);

// How improbable the past rows were by these forecasters.
[[nodiscard]] Calibration fit_calibration(std::span<const KeyRows> keys, const FitOptions& options,
                                          const Prior& prior, ThreadTeam* team = nullptr);

struct ForecastPopulation {
    Prior prior;
    Calibration calibration;

    [[nodiscard]] static ForecastPopulation
    fit(std::span<const KeyRows> keys, const FitOptions& options, ThreadTeam* team = nullptr);
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static ForecastPopulation deserialize(ByteReader& reader);
};

} // namespace recon::forecast
