// What the streaming detector scores on the Numenta Anomaly Benchmark, beside the benchmark's own
// simplest one, on those of its files that are there ($RECON_DATA/nab).
// Usage: nab_score [-v]    -v: each window and each false alarm of the standard profile
#include <cstdio>
#include <cstring>
#include <functional>

#include "core/evidence/stream_detector.hpp"
#include "core/series/moments.hpp"
#include "core/statistics/log_tails.hpp"
#include "nab_data.hpp"

namespace {

using namespace recon;

// The benchmark's windowed Gaussian: all these files are shorter than its window of 6,400 rows, so
// that it is the tail of a normal law fitted to all rows before. Here ln p, without its saturation.
std::vector<double> gaussian(const nab::File& file) {
    series::Moments moments;
    std::vector<double> scores;
    for (const double x : file.values) {
        const double z = std::abs(x - moments.mean()) / moments.stddev();
        scores.push_back(-evidence::ln_normal_upper(z));
        moments.add(x);
    }
    return scores;
}

std::vector<double> stream(const nab::File& file) {
    evidence::StreamDetector detector;
    std::vector<double> scores;
    for (std::size_t i = 0; i < file.values.size(); ++i) {
        scores.push_back(detector.judge(file.values[i], file.seconds[i]).score);
        detector.add(file.values[i], file.seconds[i]);
    }
    return scores;
}

void print_rows(const nab::File& file, const std::vector<double>& scores, double threshold) {
    std::printf("%s\n", file.name.c_str());
    for (const auto& window : file.windows) {
        const auto first = scores.begin() + static_cast<std::ptrdiff_t>(window.first);
        const auto last = scores.begin() + static_cast<std::ptrdiff_t>(window.last) + 1;
        const auto highest = std::max_element(first, last);
        std::printf("    window %zu..%zu: %.2f at %zu\n", window.first, window.last, *highest,
                    static_cast<std::size_t>(highest - scores.begin()));
    }
    for (std::size_t i = nab::probation(scores.size()); i < scores.size(); ++i) {
        const bool inside = std::any_of(file.windows.begin(), file.windows.end(),
                                        [i](const auto& w) { return i >= w.first && i <= w.last; });
        if (!inside && scores[i] >= threshold)
            std::printf("    false: %.2f at %zu\n", scores[i], i);
    }
}

void report(const char* name, const std::vector<nab::File>& files,
            const std::function<std::vector<double>(const nab::File&)>& detector, bool verbose) {
    std::vector<nab::Judged> judged;
    for (const auto& file : files)
        judged.push_back({detector(file), file.windows});
    std::printf("%s\n", name);
    for (const auto& profile : nab::profiles) {
        const auto result = nab::score(judged, profile);
        std::printf("  %-20s %6.1f  (threshold %.2f, %zu windows found, %zu false positives)\n",
                    profile.name.data(), result.score, result.threshold, result.found,
                    result.false_positives);
    }
    if (!verbose) return;
    const double threshold = nab::score(judged, nab::profiles[0]).threshold;
    for (std::size_t i = 0; i < files.size(); ++i)
        print_rows(files[i], judged[i].scores, threshold);
}

} // namespace

int main(int argc, char** argv) {
    const auto files = nab::read_files();
    if (files.empty()) {
        std::printf("skipped: there is no nab/combined_windows.json in $RECON_DATA\n");
        return 0;
    }
    std::size_t windows = 0;
    for (const auto& file : files)
        windows += file.windows.size();
    std::printf("%zu files, %zu windows\n", files.size(), windows);
    report("running Gaussian", files, gaussian, false);
    report("recon_stream_score", files, stream, argc > 1 && std::strcmp(argv[1], "-v") == 0);
}
