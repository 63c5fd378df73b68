#include "core/detection/forecast/population_fit.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/interrupt.hpp"

namespace recon::forecast {

namespace {

constexpr double share_of_unknown_place = 0.0001;
constexpr std::size_t keys_that_know_a_place = 20;
constexpr std::size_t least_past = 3; // rows of a key that tells which forecaster suits it
constexpr int steps = 80;
constexpr double pseudo_keys = 0.02;
constexpr std::size_t recent_rows = 5;

bool is_place(std::size_t model) {
    return model >= first_place && model < weekdays_model;
}

std::size_t place_of(std::size_t model) {
    return (model - first_place) % place_count;
}

void set_shares(std::array<double, model_count> shares, Prior& prior) {
    double sum = 0;
    for (const double share : shares)
        sum += share;
    for (std::size_t m = 0; m < model_count; ++m)
        prior.ln_share[m] = std::log(shares[m] / sum);
}

std::array<double, model_count> first_shares() {
    std::array<double, model_count> shares{};
    for (std::size_t m = 0; m < model_count; ++m)
        shares[m] = is_place(m) ? 0.001 : 0.02;
    return shares;
}

// work(k, basis) for every key, in the threads of the team where there is one; it writes what
// belongs to its key.
template <class Work>
void each_key(std::size_t keys, ThreadTeam* team, const Basis& basis, Work&& work) {
    constexpr std::size_t at_a_time = 16;
    const std::size_t pieces = (keys + at_a_time - 1) / at_a_time;
    const auto piece = [&](std::size_t p) {
        Basis own(basis);
        for (std::size_t k = p * at_a_time; k < std::min(keys, (p + 1) * at_a_time); ++k) {
            poll_interrupt();
            work(k, own);
        }
    };
    if (team != nullptr) {
        team->run(pieces, piece);
    } else {
        for (std::size_t p = 0; p < pieces; ++p)
            piece(p);
    }
}

using Evidence = std::array<double, model_count>;

// The shares under which the evidence is most likely, by expectation and maximization.
std::array<double, model_count>
most_likely_shares(std::span<const Evidence> evidence,
                   const std::array<std::size_t, place_count>& known) {
    auto shares = first_shares();
    for (int step = 0; step < steps; ++step) {
        poll_interrupt();
        std::array<double, model_count> next{};
        next.fill(pseudo_keys);
        for (const Evidence& e : evidence) {
            double total = 0;
            for (std::size_t m = 0; m < model_count; ++m)
                total += e[m] * shares[m];
            const double scale = total > 0 ? 1 / total : 0;
            for (std::size_t m = 0; m < model_count; ++m)
                next[m] += e[m] * shares[m] * scale;
        }
        double sum = 0;
        for (const double share : next)
            sum += share;
        for (std::size_t m = 0; m < model_count; ++m) {
            shares[m] = next[m] / sum;
            if (is_place(m) && known[place_of(m)] < keys_that_know_a_place)
                shares[m] = share_of_unknown_place;
        }
    }
    return shares;
}

// A mean square, to which the usual one counts for a few keys.
double variance_of_places(std::span<const double> effects) {
    constexpr double usual = 100, worth = 5, largest = 1e4;
    double sum = usual * worth, keys = worth;
    for (const double effect : effects) {
        if (!(effect > 0)) continue;
        sum += std::min(effect, largest);
        keys += 1;
    }
    return sum / keys;
}

} // namespace

void fit_shares(std::span<const KeyRows> keys, const FitOptions& options, Prior& prior,
                ThreadTeam* team) {
    set_shares(first_shares(), prior);
    const Basis basis(prior, options.calendar);
    std::vector<Evidence> of_keys(keys.size());
    std::vector<double> effects(keys.size());
    std::vector<std::uint64_t> places(keys.size()); // that the key has lived through
    each_key(keys.size(), team, basis, [&](std::size_t k, Basis& own) {
        if (keys[k].size() < least_past) return;
        KeyForecast key(own);
        for (const Row& row : keys[k]) {
            key.open(row.date);
            key.hold(row, {});
        }
        key.close();
        key.ln_evidence(of_keys[k]);
        effects[k] = key.squared_effect();
        for (std::size_t place = 0; place < place_count; ++place)
            places[k] |= key.rows_in(place) > 0 ? std::uint64_t{1} << place : 0;
    });
    std::vector<Evidence> evidence;
    std::array<std::size_t, place_count> known{};
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (keys[k].size() < least_past) continue;
        Evidence& e = evidence.emplace_back(of_keys[k]);
        const double best = *std::max_element(e.begin(), e.end());
        for (double& x : e)
            x = std::exp(x - best);
        for (std::size_t place = 0; place < place_count; ++place)
            known[place] += places[k] >> place & 1U;
    }
    set_shares(most_likely_shares(evidence, known), prior);
    prior.place_variance = variance_of_places(effects);
}

Calibration fit_calibration(std::span<const KeyRows> keys, const FitOptions& options,
                            const Prior& prior, ThreadTeam* team) {
    using Seen = std::array<std::uint8_t, place_count>;
    struct OfKey {
        std::vector<PastScore> scores;
        std::vector<Seen> seen;
    };
    const Basis basis(prior, options.calendar);
    std::vector<OfKey> of_keys(keys.size());
    each_key(keys.size(), team, basis, [&](std::size_t k, Basis& own) {
        KeyForecast key(own);
        for (std::size_t i = 0; i < keys[k].size(); ++i) {
            const Row& row = keys[k][i];
            key.open(row.date);
            const Judged judged = key.judge(row);
            key.hold(row, judged);
            if (std::isnan(judged.ln_p) || row.is_disputed) continue;
            PastScore score;
            score.score = static_cast<float>(-judged.ln_p / std::log(10.0));
            score.length = static_cast<std::uint8_t>(Calibration::length_of(judged.past));
            score.family = static_cast<std::uint8_t>(judged.family);
            score.is_match = judged.is_match;
            score.is_recent = i + recent_rows >= keys[k].size();
            score.places = own.places.of(row.date).bits;
            of_keys[k].scores.push_back(score);
            Seen& seen = of_keys[k].seen.emplace_back();
            for (std::size_t place = 0; place < place_count; ++place)
                seen[place] = static_cast<std::uint8_t>(std::min(key.rows_in(place), 255U));
        }
    });
    OfKey all;
    for (const OfKey& key : of_keys) {
        all.scores.insert(all.scores.end(), key.scores.begin(), key.scores.end());
        all.seen.insert(all.seen.end(), key.seen.begin(), key.seen.end());
    }
    Calibration calibration;
    calibration.fit({all.scores, all.seen});
    return calibration;
}

ForecastPopulation ForecastPopulation::fit(std::span<const KeyRows> keys, const FitOptions& options,
                                           ThreadTeam* team) {
    ForecastPopulation population;
    population.prior = fit_moments(keys, options.tick);
    fit_shares(keys, options, population.prior, team);
    population.calibration = fit_calibration(keys, options, population.prior, team);
    return population;
}

} // namespace recon::forecast
