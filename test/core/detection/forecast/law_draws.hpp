// Laws of differences as real reconciliations show them. Every law draws the past of a key and its
// newest row, and knows the probability of a value at least as far out (the oracle). A share of the
// keys carries a planted anomaly in the newest row, of 5 to 20 units of the key's own noise (4 to 7
// standard deviations of the logarithm where sizes are lognormal).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <string_view>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/forecast/row.hpp"
#include "core/series/calendar.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast::test {

using series::Day;

struct LawKey {
    std::vector<Row> rows; // the newest last; a desk that stops has none on the newest date
    std::string_view law;
    std::size_t desk = 0;
    std::size_t past = 0;
    bool is_planted = false;
    bool has_moved = false;   // with its whole desk
    bool has_stopped = false; // with its whole desk
    double size = 0;
    double oracle_ln_p = 0;
    // Seasons like that of the newest row that the key has lived through; many, where it is in
    // none.
    int seasons = many_seasons;
    static constexpr int many_seasons = 1000;
};

inline bool is_weekend(Day day) {
    return series::weekday(day) > 5;
}

inline bool is_last_business_day(Day day) {
    Day following = day + 1;
    while (is_weekend(following))
        ++following;
    return series::civil_of(following).month != series::civil_of(day).month;
}

inline std::vector<Day> business_days(Day newest, std::size_t count) {
    std::vector<Day> days(count);
    Day day = newest;
    for (std::size_t i = count; i > 0; --day) {
        if (!is_weekend(day)) days[--i] = day;
    }
    return days;
}

inline std::vector<Day> month_ends(Day newest, std::size_t count) {
    std::vector<Day> days(count);
    Day day = series::month_end(newest);
    for (std::size_t i = count; i > 0; --i) {
        days[i - 1] = day;
        day = series::month_start(day) - 1;
    }
    return days;
}

// What a law needs of one key: its dates, its unit of noise, its level; and what it says.
struct Drawn {
    Random& random;
    const std::vector<Day> days;
    double unit = 1, level = 0, sign = 1;
    std::vector<double> values;
    std::function<double(double)> oracle; // ln p of a newest value
    double plant_unit = 1;
    double plant_sigma = 0; // above 0: the plant is a value of its own, lognormal
    bool lacks_sides = false;
    int seasons = LawKey::many_seasons;

    [[nodiscard]] std::size_t rows() const { return days.size(); }
    void around(double center, double spread) {
        oracle = [=](double v) { return evidence::ln_normal_two_sided((v - center) / spread); };
    }
    double either_sign() { return random.uniform() < 0.5 ? -1 : 1; }
};

inline void steady(Drawn& d) {
    for (double& x : d.values)
        x = d.level + d.unit * d.random.normal();
    d.around(d.level, d.unit);
    d.plant_unit = d.unit;
}

inline void autoregressive(Drawn& d, double phi) {
    const double step = phi < 1 ? std::sqrt(1 - phi * phi) : 1;
    double x = 0, before = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        before = x;
        x = i == 0 ? d.random.normal() : phi * x + step * d.random.normal();
        d.values[i] = d.level + d.unit * x;
    }
    if (d.rows() == 1) {
        d.around(d.level, d.unit);
    } else {
        d.around(d.level + d.unit * phi * before, step * d.unit);
    }
    d.plant_unit = d.unit;
}

inline double uniform(Random& random, double low, double high) {
    return low + (high - low) * random.uniform();
}

inline void proportional(Drawn& d) {
    const double growth = uniform(d.random, -0.005, 0.02);
    double wander = 0, spread = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        wander += 0.02 * d.random.normal();
        spread = d.unit * std::exp(growth * static_cast<double>(i) + wander);
        d.values[i] = spread * d.random.normal();
    }
    d.around(0, spread);
    d.plant_unit = spread;
}

inline void growing_spread(Drawn& d) {
    const double last = uniform(d.random, 1, 4);
    double spread = d.unit;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        const double at =
            d.rows() == 1 ? 0 : static_cast<double>(i) / static_cast<double>(d.rows() - 1);
        spread = d.unit * (1 + (last - 1) * at);
        d.values[i] = d.level + spread * d.random.normal();
    }
    d.around(d.level, spread);
    d.plant_unit = spread;
}

inline void clustered_spread(Drawn& d) {
    double h = 1, x = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        if (i > 0) h = 0.05 + 0.15 * x * x + 0.8 * h;
        x = std::sqrt(h) * d.random.normal();
        d.values[i] = d.level + d.unit * x;
    }
    d.around(d.level, d.unit * std::sqrt(h));
    d.plant_unit = d.unit;
}

inline double student(Random& random, int df) {
    const double z = random.normal();
    double chi_squared = 0;
    for (int i = 0; i < df; ++i) {
        const double part = random.normal();
        chi_squared += part * part;
    }
    return z / std::sqrt(chi_squared / df);
}

inline void student_3(Drawn& d) {
    for (double& x : d.values)
        x = d.level + d.unit * student(d.random, 3);
    d.oracle = [level = d.level, unit = d.unit](double v) {
        return evidence::ln_student_two_sided((v - level) / unit, 3);
    };
    d.plant_unit = 8 * d.unit;
}

inline void laplace(Drawn& d) {
    const double b = d.unit / 1.4826 / std::numbers::ln2;
    for (double& x : d.values)
        x = d.level - d.either_sign() * b * std::log(1 - d.random.uniform());
    d.oracle = [level = d.level, b](double v) { return -std::fabs(v - level) / b; };
    d.plant_unit = d.unit;
}

inline void counts(Drawn& d) {
    const double rate = uniform(d.random, 0.3, 6);
    for (double& x : d.values) {
        double product = d.random.uniform();
        x = 0;
        for (const double limit = std::exp(-rate); product > limit; product *= d.random.uniform())
            x += 1;
    }
    d.oracle = [rate](double v) {
        double below = 0, term = std::exp(-rate), upper = 0;
        for (double k = 0; k < v + 200; term *= rate / ++k) {
            if (k <= v) below += term;
            if (k >= v) upper += term;
        }
        return std::log(std::max(std::min(1.0, 2 * std::min(below, upper)), 1e-300));
    };
    d.plant_unit = std::sqrt(rate);
}

// A key that matches in a share of its rows; else its difference is normal, or lognormal of either
// sign.
inline void matching(Drawn& d, double share, bool lognormal) {
    for (double& x : d.values) {
        const double z = d.random.normal();
        const double sign = d.either_sign();
        x = lognormal ? sign * d.unit * std::exp(0.8 * z) : d.unit * z;
        if (d.random.uniform() <= share) x = 0;
    }
    const double breaks = std::log(1 - share);
    if (lognormal) {
        d.oracle = [=, unit = d.unit](double v) {
            if (v == 0) return 0.0;
            return breaks + evidence::ln_normal_upper(std::log(std::fabs(v) / unit) / 0.8);
        };
        d.plant_sigma = 0.8;
    } else {
        d.oracle = [=, unit = d.unit](double v) {
            return v == 0 ? 0.0 : breaks + evidence::ln_normal_two_sided(v / unit);
        };
    }
    d.plant_unit = d.unit;
}

// Books that match; an item opens on 3 days in 100, stands for 3 days in the mean, and closes.
inline void items(Drawn& d) {
    double standing = 0, before = 0;
    for (double& x : d.values) {
        before = standing;
        if (standing != 0 && d.random.uniform() < 1.0 / 3) {
            standing = 0;
        } else if (standing == 0 && d.random.uniform() < 0.03) {
            standing =
                std::round(100 * d.unit * std::exp(0.8 * d.random.normal()) * d.either_sign()) /
                100;
        }
        x = standing;
    }
    d.oracle = [before, unit = d.unit](double v) {
        if (v == 0 || v == before) return 0.0;
        return std::log(0.03) + evidence::ln_normal_upper(std::log(std::fabs(v) / unit) / 0.8);
    };
    d.plant_unit = d.unit;
    d.plant_sigma = 0.8;
}

// Days on which the newest row's place came before; days that follow one another in it count once.
template <class Hits>
int visits(const Drawn& d, Hits hits) {
    if (!hits(d.days.back())) return LawKey::many_seasons;
    int seen = 0;
    for (std::size_t i = 0; i + 1 < d.rows(); ++i)
        seen += hits(d.days[i]) && !hits(d.days[i + 1]) ? 1 : 0;
    return seen;
}

template <class Hits>
void seasonal(Drawn& d, double height, Hits hits) {
    double mean = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        mean = d.level + (hits(d.days[i]) ? d.unit * height : 0);
        d.values[i] = mean + d.unit * d.random.normal();
    }
    d.around(mean, d.unit);
    d.plant_unit = d.unit;
}

inline bool is_friday(Day day) {
    return series::weekday(day) == 5;
}

inline bool is_quarter_end(Day day) {
    return is_last_business_day(day) && series::civil_of(day).month % 3 == 0;
}

// The 15th, or the first business day after it.
inline bool is_middle(Day day) {
    for (Day at = day;; --at) {
        if (series::civil_of(at).day == 15) return true;
        if (!is_weekend(at - 1)) return false;
    }
}

inline bool is_december(Day day) {
    return series::civil_of(day).month == 12;
}

inline void seasons(Drawn& d) {
    const double kind = d.random.uniform();
    const double height = uniform(d.random, 8, 20) * d.sign;
    seasonal(d, kind < 0.3 ? 0 : height,
             [kind](Day day) { return kind < 0.8 ? is_friday(day) : is_quarter_end(day); });
    d.seasons = std::min(visits(d, is_friday), visits(d, is_quarter_end));
}

inline void day_of_month(Drawn& d) {
    seasonal(d, uniform(d.random, 8, 20) * d.sign * (d.random.uniform() < 0.5 ? 1 : 0), is_middle);
    d.seasons = visits(d, is_middle);
}

inline void year_end(Drawn& d) {
    seasonal(d, uniform(d.random, 8, 20) * d.sign * (d.random.uniform() < 0.5 ? 1 : 0),
             is_december);
    d.seasons = visits(d, is_december);
}

// p of a value that may belong to either of two levels.
inline std::function<double(double)> of_two(double here, double there, double unit, double stay) {
    return [=](double v) {
        const double p = stay * std::exp(evidence::ln_normal_two_sided((v - here) / unit)) +
                         (1 - stay) * std::exp(evidence::ln_normal_two_sided((v - there) / unit));
        return std::log(std::max(std::min(1.0, 2 * p), 1e-300));
    };
}

inline void two_regimes(Drawn& d) {
    const double gap = d.unit * uniform(d.random, 8, 15);
    bool up = d.random.uniform() < 0.5, before = false;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        before = up;
        if (i > 0 && d.random.uniform() >= 0.9) up = !up;
        d.values[i] = d.level + (up ? gap : 0) + d.unit * d.random.normal();
    }
    const double here = d.level + (before && d.rows() > 1 ? gap : 0);
    d.oracle =
        of_two(here, here == d.level ? d.level + gap : d.level, d.unit, d.rows() > 1 ? 0.9 : 0.5);
    d.plant_unit = d.unit;
}

inline void weekly_steps(Drawn& d) {
    const std::size_t offset = d.random.below(5);
    double level = 5 * d.random.normal();
    for (std::size_t i = 0; i < d.rows(); ++i) {
        if (i > 0 && (i + offset) % 5 == 0) level = 5 * d.random.normal();
        d.values[i] = d.unit * (level + d.random.normal());
    }
    d.around(d.unit * level, d.unit);
    d.plant_unit = d.unit;
}

inline void cleared_monthly(Drawn& d) {
    const double growth = uniform(d.random, 1, 4);
    double balance = 0, z = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        if (i > 0 && series::civil_of(d.days[i]).month != series::civil_of(d.days[i - 1]).month) {
            balance = 0;
        }
        z = d.random.normal();
        balance += d.unit * (growth + z);
        d.values[i] = balance;
    }
    d.around(balance - d.unit * z, d.unit);
    d.plant_unit = d.unit;
}

inline void one_sided(Drawn& d) {
    for (double& x : d.values) {
        x = d.random.uniform() < 0.02 ? d.unit * std::exp(0.5 * d.random.normal()) : 0;
    }
    d.oracle = [unit = d.unit](double v) {
        if (v == 0) return 0.0;
        return std::log(0.02) + evidence::ln_normal_upper(std::log(std::fabs(v) / unit) / 0.5);
    };
    d.plant_unit = d.unit;
    d.plant_sigma = 0.5;
    d.lacks_sides = true;
}

// Laws that the engine's constants were never looked at with.

// Two in 100 of the past rows are anomalies themselves.
inline void polluted(Drawn& d) {
    steady(d);
    for (std::size_t i = 0; i + 1 < d.rows(); ++i) {
        if (d.random.uniform() < 0.02)
            d.values[i] += d.either_sign() * d.unit * uniform(d.random, 5, 20);
    }
}

// Half of the keys have stepped for good, by 6 to 30 units, some 1 to 60 rows ago.
inline void permanent_steps(Drawn& d) {
    steady(d);
    if (d.rows() < 3 || d.random.uniform() < 0.5) return;
    const std::size_t ago = 1 + d.random.below(std::min<std::size_t>(60, d.rows() - 2));
    const double step = d.either_sign() * d.unit * uniform(d.random, 6, 30);
    for (std::size_t i = 0; i + 1 + ago < d.rows(); ++i)
        d.values[i] -= step;
}

inline void drifts(Drawn& d) {
    const double slope = d.unit * uniform(d.random, -0.6, 0.6);
    double center = d.level;
    for (double& x : d.values) {
        center += slope;
        x = center + d.unit * d.random.normal();
    }
    d.around(center, d.unit);
    d.plant_unit = d.unit;
}

// A balance whose logarithm wanders about a level: it moves in per cent.
inline void lognormal_balance(Drawn& d) {
    const double base = d.unit * 20 * d.sign, sigma = uniform(d.random, 0.02, 0.3), phi = 0.9;
    const double step = std::sqrt(1 - phi * phi);
    double x = d.random.normal(), before = 0;
    for (std::size_t i = 0; i < d.rows(); ++i) {
        before = x;
        if (i > 0) x = phi * x + step * d.random.normal();
        d.values[i] = base * std::exp(sigma * x);
    }
    const double center = d.rows() > 1 ? phi * before : 0, spread = d.rows() > 1 ? step : 1;
    d.oracle = [=](double v) {
        if (v / base <= 0) return std::log(1e-300);
        return std::max(
            evidence::ln_normal_two_sided((std::log(v / base) / sigma - center) / spread),
            std::log(1e-300));
    };
    d.plant_unit = std::fabs(base) * sigma * spread * std::exp(sigma * center);
}

// Nothing in five rows of six, else an amount of one sign, in runs.
inline void intermittent(Drawn& d) {
    bool active = false, before = false;
    const double shape = uniform(d.random, 0.3, 0.8);
    for (double& x : d.values) {
        before = active;
        active = d.random.uniform() < (active ? 0.4 : 0.12);
        x = active ? d.sign * d.unit * std::exp(shape * d.random.normal()) : 0;
    }
    const double rate = std::log(before ? 0.4 : 0.12);
    d.oracle = [=, unit = d.unit, sign = d.sign](double v) {
        if (v == 0) return 0.0;
        if (v * sign < 0) return std::log(1e-300);
        return rate + evidence::ln_normal_upper(std::log(std::fabs(v) / unit) / shape);
    };
    d.plant_unit = d.unit * d.sign;
    d.plant_sigma = shape;
}

// The same amount on either side of zero, at random.
inline void sign_flips(Drawn& d) {
    const double amount = d.unit * uniform(d.random, 5, 15);
    for (double& x : d.values)
        x = d.either_sign() * amount + d.unit * d.random.normal();
    d.oracle = of_two(amount, -amount, d.unit, 0.5);
    d.plant_unit = d.unit;
}

inline void weekday_levels(Drawn& d) {
    std::array<double, 7> level{};
    for (double& l : level)
        l = d.level + 6 * d.unit * d.random.normal();
    for (std::size_t i = 0; i < d.rows(); ++i) {
        d.values[i] = level[static_cast<std::size_t>(series::weekday(d.days[i]) - 1)] +
                      d.unit * d.random.normal();
    }
    d.around(level[static_cast<std::size_t>(series::weekday(d.days.back()) - 1)], d.unit);
    d.plant_unit = d.unit;
}

// Only whole multiples of one amount occur, one to three, or nothing.
inline void heavy_ties(Drawn& d) {
    const double amount = std::round(100 * d.unit) / 100;
    for (double& x : d.values) {
        const double u = d.random.uniform();
        x = amount * (u < 0.5 ? 0 : u < 0.8 ? 1 : u < 0.95 ? 2 : 3);
    }
    d.oracle = [amount](double v) {
        const double multiple = v / amount;
        if (multiple < -0.001 || multiple > 3.001) return std::log(1e-300);
        return std::fabs(multiple - std::round(multiple)) < 1e-3 ? 0.0 : std::log(1e-300);
    };
    d.plant_unit = amount;
}

// Every hundredth row is drawn with ten times the noise.
inline void contaminated(Drawn& d) {
    for (double& x : d.values)
        x = d.level + d.unit * (d.random.uniform() < 0.01 ? 10 : 1) * d.random.normal();
    d.oracle = [level = d.level, unit = d.unit](double v) {
        const double z = (v - level) / unit;
        return std::log(0.99 * std::exp(evidence::ln_normal_two_sided(z)) +
                        0.01 * std::exp(evidence::ln_normal_two_sided(z / 10)));
    };
    d.plant_unit = 5 * d.unit;
}

} // namespace recon::forecast::test
