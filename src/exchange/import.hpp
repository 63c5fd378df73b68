// A file into a table: hashed, sniffed or compared with its profile, loaded, and written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/text/source.hpp"
#include "postgres/guard.hpp"

namespace recon::exchange {

struct ImportRequest {
    const char* came_as = ""; // as recon.upload names it
    std::string table;
    std::optional<std::string> file_name;
    std::optional<std::string> profile_name;
    Datum options = 0; // jsonb
    // The bytes, where they came as an argument: they may be kept.
    std::optional<Datum> content;
};

// As the current user, who is remembered as the caller; what is written down, as the owner of the
// extension. Gives the number of the upload.
[[nodiscard]] std::int64_t import_file(formats::ByteSource& source, const ImportRequest& request);

// One row that was rejected, in a new wording. Gives a sentence.
[[nodiscard]] std::string correct_row(std::int64_t upload, std::int64_t line,
                                      const std::string& text);

} // namespace recon::exchange
