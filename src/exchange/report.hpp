// The report of a run, for people.
#pragma once

#include <cstdint>
#include <string>

namespace recon::exchange {

// Reads as the current user, who needs level viewer and the rights to the source.
[[nodiscard]] std::string run_report_html(std::int64_t run);
[[nodiscard]] std::string run_digest_text(std::int64_t run);

} // namespace recon::exchange
