// Finds the data of others that some tests use, and reads its CSV files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace recon::breaks::test {

// The directory named by RECON_DATA, else ../shared/data beside the source tree; empty if absent.
inline std::filesystem::path shared_data() {
    const char* named = std::getenv("RECON_DATA");
    const std::filesystem::path root =
        std::filesystem::path(__FILE__).parent_path() / "../../../..";
    const auto path = named != nullptr ? std::filesystem::path(named) : root / "shared/data";
    return std::filesystem::exists(path) ? path : std::filesystem::path();
}

// Rows as maps from column name to text. Quotes, doubled quotes, CRLF; enough for these files.
inline std::vector<std::map<std::string, std::string>> read_csv(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') {
                lines.back().back().push_back(c);
            } else if (i + 1 < text.size() && text[i + 1] == '"') {
                lines.back().back().push_back('"');
                ++i;
            } else {
                quoted = false;
            }
        } else if (c == '"') {
            quoted = true;
        } else if (c == ',') {
            lines.back().emplace_back();
        } else if (c == '\n') {
            lines.emplace_back(1);
        } else if (c != '\r') {
            lines.back().back().push_back(c);
        }
    }
    std::vector<std::map<std::string, std::string>> rows;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].size() != lines[0].size()) continue;
        auto& row = rows.emplace_back();
        for (std::size_t j = 0; j < lines[i].size(); ++j)
            row[lines[0][j]] = lines[i][j];
    }
    return rows;
}

// Days since 2000-01-01 of "dd-mm-yyyy".
inline std::int32_t day_month_year(const std::string& text) {
    const int day = std::stoi(text.substr(0, 2));
    const int month = std::stoi(text.substr(3, 2));
    const int year = std::stoi(text.substr(6, 4));
    std::int32_t days = 0;
    const auto leap = [](int y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
    for (int y = 2000; y < year; ++y)
        days += leap(y) ? 366 : 365;
    const int lengths[] = {31, leap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int m = 1; m < month; ++m)
        days += lengths[m - 1];
    return days + day - 1;
}

} // namespace recon::breaks::test
