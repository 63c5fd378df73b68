// All that a text file says about how it is to be read.
#pragma once

#include "core/base/firewall.hpp"
#include "formats/table/decide_columns.hpp"
#include "formats/table/profile.hpp"
#include "formats/text/source.hpp"

namespace recon::formats {

// Reads the beginning of the file; all of it only where the beginning leaves a question open.
// Raises invalid_data for an empty file and for what is not text.
[[nodiscard]] Sniffed sniff_csv(ByteSource& source, const SniffOptions& options = {});

} // namespace recon::formats
