// The processed file: rows of a run's window with what is said of each, as a file of any format.
#pragma once

#include <cstdint>
#include <string>

namespace recon::exchange {

// Reads as the current user, who needs the rights to the source and level viewer. The bytes of the
// file.
[[nodiscard]] std::string export_run(std::int64_t run, const std::string& format);

} // namespace recon::exchange
