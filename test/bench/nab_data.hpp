// Reads the files of the Numenta Anomaly Benchmark: series of (timestamp, value), labelled windows.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "core/series/calendar.hpp"
#include "detection/shared_data.hpp"
#include "nab_scorer.hpp"

namespace recon::nab {

struct File {
    std::string name;
    std::vector<double> seconds; // since 2000-01-01
    std::vector<double> values;
    std::vector<Window> windows;
};

// Of "2014-04-10 07:15:00", with or without a fraction of zeros.
inline double seconds_of(const std::string& text) {
    const auto number = [&](std::size_t from, std::size_t length) {
        return std::stoi(text.substr(from, length));
    };
    const auto day = series::day_of({number(0, 4), static_cast<std::uint8_t>(number(5, 2)),
                                     static_cast<std::uint8_t>(number(8, 2))});
    return day * 86400.0 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2);
}

// The quoted texts of a JSON document, in order: of the labels, each file's name and then the
// beginning and end of each of its windows.
inline std::vector<std::string> quoted_texts(const std::filesystem::path& path) {
    std::ifstream stream(path);
    std::vector<std::string> texts;
    std::string text;
    for (bool inside = false; std::getline(stream, text, '"'); inside = !inside) {
        if (inside) texts.push_back(text);
    }
    return texts;
}

// Every file for which there is a label; none where the data is absent.
inline std::vector<File> read_files() {
    const auto root = breaks::test::shared_data();
    if (root.empty() || !std::filesystem::exists(root / "nab/combined_windows.json")) return {};
    std::vector<File> files;
    std::vector<double> bounds;
    const auto close = [&] {
        auto& file = files.back();
        for (std::size_t i = 0; i + 1 < bounds.size(); i += 2) {
            const auto row = [&](double seconds) {
                const auto at = std::find(file.seconds.begin(), file.seconds.end(), seconds);
                return static_cast<std::size_t>(at - file.seconds.begin());
            };
            file.windows.push_back({row(bounds[i]), row(bounds[i + 1])});
        }
        bounds.clear();
    };
    for (const auto& text : quoted_texts(root / "nab/combined_windows.json")) {
        if (!text.ends_with(".csv")) {
            bounds.push_back(seconds_of(text));
            continue;
        }
        if (!files.empty()) close();
        auto& file = files.emplace_back();
        file.name = text;
        for (const auto& row : breaks::test::read_csv(root / "nab" / text)) {
            file.seconds.push_back(seconds_of(row.at("timestamp")));
            file.values.push_back(std::stod(row.at("value")));
        }
    }
    if (!files.empty()) close();
    return files;
}

} // namespace recon::nab
