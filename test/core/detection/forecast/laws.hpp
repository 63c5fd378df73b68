// Panels of known truth: keys by one law or a mixture of laws (law_draws.hpp), a share of which
// carries a planted anomaly in the newest row.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "detection/forecast/law_draws.hpp"

namespace recon::forecast::test {

struct LawPanel {
    std::vector<LawKey> keys;
    Day newest = 0;
    std::size_t special_desk = 0;
    bool has_moving_desk = false, has_stopping_desk = false;
};

using Law = void (*)(Drawn&);
struct NamedLaw {
    std::string_view name;
    Law draw;
};

inline constexpr std::array laws = {
    NamedLaw{"steady", steady},
    NamedLaw{"autoregressive_5", [](Drawn& d) { autoregressive(d, 0.5); }},
    NamedLaw{"autoregressive_9", [](Drawn& d) { autoregressive(d, 0.9); }},
    NamedLaw{"random_walk", [](Drawn& d) { autoregressive(d, 1); }},
    NamedLaw{"proportional", proportional},
    NamedLaw{"growing_spread", growing_spread},
    NamedLaw{"clustered_spread", clustered_spread},
    NamedLaw{"student_3", student_3},
    NamedLaw{"laplace", laplace},
    NamedLaw{"counts", counts},
    NamedLaw{"matching_90_sized", [](Drawn& d) { matching(d, 0.9, true); }},
    NamedLaw{"zero_inflated", [](Drawn& d) { matching(d, 0.8, true); }},
    NamedLaw{"half_matching", [](Drawn& d) { matching(d, 0.5, false); }},
    NamedLaw{"third_matching", [](Drawn& d) { matching(d, 0.3, false); }},
    NamedLaw{"items", items},
    NamedLaw{"one_sided", one_sided},
    NamedLaw{"young_monthly", [](Drawn& d) { matching(d, 0.9, true); }},
    NamedLaw{"seasonal", seasons},
    NamedLaw{"day_of_month", day_of_month},
    NamedLaw{"year_end", year_end},
    NamedLaw{"two_regimes", two_regimes},
    NamedLaw{"weekly_steps", weekly_steps},
    NamedLaw{"cleared_monthly", cleared_monthly},
    NamedLaw{"desk_moves", steady},
    NamedLaw{"desk_stops", steady},
    NamedLaw{"mixed", nullptr},
    // No constant was chosen with those below in view.
    NamedLaw{"polluted", polluted},
    NamedLaw{"polluted_mixed", nullptr},
    NamedLaw{"permanent_steps", permanent_steps},
    NamedLaw{"drifts", drifts},
    NamedLaw{"lognormal_balance", lognormal_balance},
    NamedLaw{"intermittent", intermittent},
    NamedLaw{"sign_flips", sign_flips},
    NamedLaw{"weekday_levels", weekday_levels},
    NamedLaw{"heavy_ties", heavy_ties},
    NamedLaw{"contaminated", contaminated},
    NamedLaw{"irregular_dates", [](Drawn& d) { autoregressive(d, 0.5); }},
    NamedLaw{"all_laws", nullptr},
    // polluted, but an operator has confirmed what was wrong, or has not answered yet.
    NamedLaw{"polluted_answered", nullptr},
};

inline std::size_t law_index(std::string_view name) {
    for (std::size_t i = 0; i < laws.size(); ++i) {
        if (laws[i].name == name) return i;
    }
    return laws.size();
}

inline std::size_t law_of_key(std::string_view law, Random& random) {
    static constexpr std::array<std::string_view, 10> others = {
        "half_matching", "items",  "zero_inflated", "autoregressive_9", "cleared_monthly",
        "proportional",  "counts", "laplace",       "seasonal",         "one_sided"};
    if (law == "mixed" || law == "polluted_mixed") {
        const std::size_t choice = random.below(20);
        return law_index(choice < 10 ? "steady" : others[choice - 10]);
    }
    if (law == "polluted_answered") return law_index("steady");
    if (law != "all_laws") return law_index(law);
    for (;;) {
        const std::size_t choice = random.below(laws.size());
        const auto name = laws[choice].name;
        if (laws[choice].draw != nullptr && name != "year_end" && name != "young_monthly")
            return choice;
    }
}

inline std::size_t past_rows(Random& random, std::string_view law) {
    const auto within = [&](std::uint64_t low, std::uint64_t high) {
        return static_cast<std::size_t>(low + random.below(high - low));
    };
    if (law == "young_monthly") return within(0, 25);
    const double u = random.uniform();
    if (u < 0.05) return 0;
    if (u < 0.13) return within(1, 3);
    if (u < 0.35) return within(3, 10);
    if (u < 0.5) return within(10, 20);
    if (u < 0.75) return within(20, 60);
    if (law == "year_end") return within(690, 1150);
    if (law == "day_of_month" || law == "seasonal") return within(300, 500);
    return within(60, 200);
}

inline Day newest_date(Random& random, std::string_view law, std::uint64_t seed) {
    Day newest = series::day_of({2024, 2, 1}) + static_cast<Day>(random.below(300));
    if (law == "year_end") return series::day_of({2024, 12, 2});
    if (law == "day_of_month") {
        const auto civil = series::civil_of(newest);
        newest = series::day_of({civil.year, civil.month, 15});
    }
    if (law == "seasonal" && seed % 3 == 1) {
        constexpr std::array<series::CivilDate, 3> ends = {
            {{2024, 3, 29}, {2024, 6, 28}, {2024, 9, 30}}};
        return series::day_of(ends[(seed / 3) % 3]);
    }
    if (law == "seasonal") { // a Friday, or a Tuesday
        newest += static_cast<Day>(((seed % 3 == 0 ? 5 : 2) - series::weekday(newest) + 7) % 7);
    }
    while (is_weekend(newest))
        ++newest;
    return newest;
}

inline double to_cents(double value) {
    return std::round(100 * value) / 100;
}

inline LawKey draw_key(Random& random, std::string_view law, const std::vector<Day>& days,
                       bool is_planted, bool is_special, std::size_t desk) {
    LawKey key;
    key.desk = desk;
    key.past = past_rows(random, law);
    const std::size_t own = law_of_key(law, random);
    key.law = laws[own].name;
    key.is_planted = is_planted;
    key.size = uniform(random, 5, 20);
    std::vector<Day> own_days(days.end() - static_cast<std::ptrdiff_t>(key.past + 1), days.end());
    if (law == "irregular_dates") {
        for (std::size_t i = own_days.size() - 1; i > 0; --i)
            own_days[i - 1] = own_days[i] - 1 - static_cast<Day>(random.below(9));
    }
    Drawn d{random, std::move(own_days), 1, 0, 1, {}, {}, 1, 0, false, LawKey::many_seasons};
    d.values.resize(d.days.size());
    d.unit = std::exp(std::log(100) + 1.5 * random.normal());
    d.level = random.uniform() < 0.5 ? 0 : d.unit * 20 * random.normal();
    d.sign = d.either_sign();
    laws[own].draw(d);
    std::vector<bool> is_wrong(d.rows());
    if ((law == "polluted_mixed" && !d.lacks_sides) || law == "polluted_answered") {
        for (std::size_t i = 0; i + 1 < d.rows(); ++i) {
            if (random.uniform() >= 0.02) continue;
            d.values[i] += d.either_sign() * std::fabs(d.plant_unit) * uniform(random, 5, 20);
            is_wrong[i] = law == "polluted_answered";
        }
    }
    key.seasons = d.seasons;
    key.has_moved = law == "desk_moves" && is_special;
    key.has_stopped = law == "desk_stops" && is_special;
    double& newest = d.values.back();
    const double moved = key.has_moved ? 8 * d.plant_unit : 0;
    newest += moved;
    const double sign = d.either_sign();
    if (is_planted && d.plant_sigma > 0) {
        newest = (d.lacks_sides || key.law == "intermittent" ? 1 : sign) * d.plant_unit *
                 std::exp(d.plant_sigma * (4 + 3 * (key.size - 5) / 15));
    } else if (is_planted) {
        newest += key.law == "counts" ? std::ceil(key.size * d.plant_unit)
                                      : sign * key.size * d.plant_unit;
    }
    for (std::size_t i = 0; i < d.rows(); ++i) {
        Row row{d.days[i], to_cents(d.values[i]), 0, false, is_wrong[i]};
        row.amount = to_cents(d.unit * (d.lacks_sides ? std::exp(0.5 * random.normal()) : 1000));
        row.lacks_side = d.lacks_sides && row.value != 0;
        if (row.lacks_side) row.amount = std::fabs(row.value);
        key.rows.push_back(row);
    }
    key.oracle_ln_p = d.oracle(key.rows.back().value - moved);
    if (key.has_stopped) key.rows.pop_back();
    return key;
}

inline LawPanel make_law_panel(std::string_view law, std::uint64_t seed, double planted = 0.02,
                               std::size_t keys = 1000) {
    if (law == "year_end") keys /= 3; // long histories
    Random random(mix64(1000 * (law_index(law) + 1) + seed));
    LawPanel panel;
    panel.newest = newest_date(random, law, seed);
    const auto days =
        law == "young_monthly" ? month_ends(panel.newest, 30) : business_days(panel.newest, 1200);
    panel.newest = days.back();
    panel.special_desk = random.below(10);
    panel.has_moving_desk = law == "desk_moves";
    panel.has_stopping_desk = law == "desk_stops";
    const auto plants = static_cast<std::size_t>(std::lround(planted * static_cast<double>(keys)));
    std::vector<bool> is_planted(keys);
    for (std::size_t i = 0; i < plants;) {
        const std::size_t at = random.below(keys);
        if (is_planted[at]) continue;
        is_planted[at] = true;
        ++i;
    }
    for (std::size_t i = 0; i < keys; ++i) {
        const std::size_t desk = random.below(10);
        panel.keys.push_back(
            draw_key(random, law, days, is_planted[i], desk == panel.special_desk, desk));
    }
    return panel;
}

} // namespace recon::forecast::test
