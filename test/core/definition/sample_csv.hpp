// Samples for the tests: CSV by RFC 4180 (quoted fields with commas, quotes and line ends, LF or
// CRLF) into columns of text, and a few hands to reshape them.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/definition/column_roles.hpp"

namespace recon::definition {

using Samples = std::vector<ColumnSample>;

inline std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string field;
    bool quoted = false;
    bool started = false;
    const auto end_row = [&] {
        row.push_back(field);
        field.clear();
        rows.push_back(row);
        row.clear();
        started = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c != '"') {
                field += c;
            } else if (i + 1 < text.size() && text[i + 1] == '"') {
                field += '"';
                ++i;
            } else {
                quoted = false;
            }
            continue;
        }
        if (c == '"') {
            quoted = started = true;
        } else if (c == ',') {
            row.push_back(field);
            field.clear();
            started = true;
        } else if (c == '\n') {
            end_row();
        } else if (c != '\r') {
            field += c;
            started = true;
        }
    }
    if (started || !field.empty()) end_row();
    return rows;
}

// Columns of type text; an empty field is NULL, as COPY … CSV makes it.
inline Samples samples_of(const std::string& csv) {
    const auto rows = parse_csv(csv);
    Samples samples;
    if (rows.empty()) return samples;
    for (const auto& name : rows.front())
        samples.push_back({name, ColumnSample::Type::text, {}});
    for (std::size_t r = 1; r < rows.size(); ++r) {
        for (std::size_t c = 0; c < samples.size(); ++c) {
            const bool given = c < rows[r].size() && !rows[r][c].empty();
            samples[c].values.push_back(given ? std::optional(rows[r][c]) : std::nullopt);
        }
    }
    return samples;
}

// RECON_DATA, or shared/data beside the source tree.
inline std::string data_directory() {
    if (const char* given = std::getenv("RECON_DATA")) return given;
    const std::string here = __FILE__;
    const auto root = here.rfind("/test/core/");
    return here.substr(0, root) + "/../shared/data";
}

// Empty where the file is absent.
inline Samples read_samples(const std::string& file) {
    std::ifstream stream(data_directory() + "/" + file, std::ios::binary);
    if (!stream) return {};
    std::ostringstream text;
    text << stream.rdbuf();
    std::string content = text.str();
    if (content.compare(0, 3, "\xEF\xBB\xBF") == 0) content.erase(0, 3);
    return samples_of(content);
}

inline ColumnSample* find_sample(Samples& samples, const std::string& name) {
    for (auto& sample : samples)
        if (sample.name == name) return &sample;
    return nullptr;
}

// P and 7 make P7.
inline std::string numbered(const char* prefix, std::uint64_t number) {
    return std::string(prefix).append(std::to_string(number));
}

template <class T>
void shuffle(std::vector<T>& things, Random& random) {
    for (std::size_t i = things.size(); i > 1; --i)
        std::swap(things[i - 1], things[random.below(i)]);
}

inline void shuffle_rows(Samples& samples, Random& random) {
    std::vector<std::size_t> order(samples.empty() ? 0 : samples.front().values.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    shuffle(order, random);
    for (auto& sample : samples) {
        auto values = sample.values;
        for (std::size_t i = 0; i < order.size(); ++i)
            sample.values[i] = values[order[i]];
    }
}

inline Samples first_rows(Samples samples, std::size_t rows) {
    for (auto& sample : samples)
        sample.values.resize(std::min(rows, sample.values.size()));
    return samples;
}

} // namespace recon::definition
