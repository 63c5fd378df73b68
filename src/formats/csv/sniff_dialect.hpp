// How the lines of a text file are cut into fields: found by trying what occurs, and seeing which
// way gives rows of one width whose fields look like values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/csv/record_reader.hpp"
#include "formats/table/table_shape.hpp"

namespace recon::formats {

struct DialectGuess {
    Dialect dialect;
    double confidence = 0;
    std::string evidence;
};

// `sample` is UTF-8 from the beginning of the file on; `is_whole`: all of it.
[[nodiscard]] DialectGuess guess_dialect(std::string_view sample, bool is_whole);

// The rows of a sample in a dialect, without one that the sample cuts off.
[[nodiscard]] std::vector<SampleRow> sample_rows(std::string_view sample, bool is_whole,
                                                 const Dialect& dialect, std::size_t most);

} // namespace recon::formats
