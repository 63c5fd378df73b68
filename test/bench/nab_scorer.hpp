// The score of the Numenta Anomaly Benchmark (Lavin and Ahmad, "Evaluating Real-time Anomaly
// Detection Algorithms", ICMLA 2015): detections early in a labelled window are worth more, every
// detection outside costs, and one threshold serves all files.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace recon::nab {

// Rows of an anomaly, the last one included.
struct Window {
    std::size_t first;
    std::size_t last;
};

// What the rows of one file were given by a detector; higher is more anomalous, NaN never alarms.
struct Judged {
    std::vector<double> scores;
    std::vector<Window> windows; // ascending, apart from each other
};

struct Profile {
    std::string_view name;
    double false_positive; // what a detection far from every window costs
    double miss;           // what a window without a detection costs
};

inline constexpr std::array<Profile, 3> profiles{{
    {"standard", 0.11, 1},
    {"reward low FP rate", 0.22, 1},
    {"reward low FN rate", 0.11, 2},
}};

// From almost 1 at the beginning of a window (-1), over 0 at its end (0), to almost -1 behind it.
[[nodiscard]] inline double sigmoid(double position) {
    return position > 3 ? -1.0 : 2 / (1 + std::exp(5 * position)) - 1;
}

// The rows at the beginning of a file on which a detector may learn, and is not scored.
[[nodiscard]] inline std::size_t probation(std::size_t rows) {
    return std::min<std::size_t>(750, rows * 15 / 100);
}

// A row that may be detected, and what its detection is worth.
struct Candidate {
    double score;
    double value;        // in a window: of at most 1; outside: of at least -1, before weighting
    std::size_t window;  // in a window: its number over all files
    bool false_positive; // outside of all windows
};

struct Candidates {
    std::vector<Candidate> rows;
    std::size_t windows = 0;
};

inline void add_file(Candidates& all, const Judged& file) {
    const std::size_t rows = file.scores.size();
    std::size_t next = 0; // the window that row i is in or before
    for (std::size_t i = 0; i < rows; ++i) {
        while (next < file.windows.size() && file.windows[next].last < i)
            ++next;
        if (i < probation(rows) || std::isnan(file.scores[i])) continue;
        const auto length = [](const Window& w) { return static_cast<double>(w.last - w.first); };
        if (next < file.windows.size() && file.windows[next].first <= i) {
            const auto& window = file.windows[next];
            const double position =
                -static_cast<double>(window.last - i + 1) / (length(window) + 1);
            all.rows.push_back(
                {file.scores[i], sigmoid(position) / sigmoid(-1), all.windows + next, false});
            continue;
        }
        double value = -1;
        if (next > 0) {
            const auto& past = file.windows[next - 1];
            value = sigmoid(static_cast<double>(i - past.last) / length(past));
        }
        all.rows.push_back({file.scores[i], value, 0, true});
    }
    all.windows += file.windows.size();
}

struct Result {
    double score = 0;     // 0: a detector without any detection; 100: the perfect one
    double threshold = 0; // the best: rows that score at least this much are detections
    std::size_t found = 0;
    std::size_t false_positives = 0;
};

// At the threshold that is best for all files together, as the benchmark chooses it.
[[nodiscard]] inline Result score(std::span<const Judged> files, const Profile& profile) {
    Candidates all;
    for (const auto& file : files)
        add_file(all, file);
    std::sort(all.rows.begin(), all.rows.end(),
              [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    const auto windows = static_cast<double>(all.windows);
    std::vector<double> best(all.windows, -profile.miss);
    double raw = -profile.miss * windows;
    double best_raw = raw;
    std::size_t found = 0;
    std::size_t false_positives = 0;
    Result result;
    result.threshold = INFINITY;
    for (std::size_t i = 0; i < all.rows.size(); ++i) {
        const auto& row = all.rows[i];
        if (row.false_positive) {
            raw += profile.false_positive * row.value;
            ++false_positives;
        } else {
            double& window = best[row.window];
            found += window == -profile.miss;
            raw += std::max(window, row.value) - window;
            window = std::max(window, row.value);
        }
        const bool tied = i + 1 < all.rows.size() && all.rows[i + 1].score == row.score;
        if (tied || raw <= best_raw) continue;
        best_raw = raw;
        result = {0, row.score, found, false_positives};
    }
    if (windows > 0) {
        result.score = 100 * (best_raw + profile.miss * windows) / ((1 + profile.miss) * windows);
    }
    return result;
}

} // namespace recon::nab
