// The words of reconciliation work that occur in column names, and what each says.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/firewall.hpp"

namespace recon::definition {

struct Word {
    std::string_view spelling;
    std::string_view canonical; // empty: the spelling itself
    std::uint32_t senses;       // a mask of Sense
};

// Nothing where the word (lower case) is not known.
[[nodiscard]] const Word* find_word(std::string_view spelling);

} // namespace recon::definition
