// What a run finds: breaks of the target window, and items as the window shows them.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/base/optional_index.hpp"
#include "core/detection/history/standing.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/verdict/rules.hpp"

namespace recon::run {

// One break of the target window.
struct JudgedBreak {
    std::uint32_t key = 0;     // position in the spool
    double minimum_amount = 0; // from which on breaks of the key are material
    breaks::Finding finding;
    breaks::RuleFlags rules = 0; // that it breaks
    OptionalIndex exact{};       // in Detection::exact_amounts; none: the double is exact
    std::uint32_t target = 0;    // number among the rows judged, where custom detectors are asked
    std::uint32_t own = 0;       // where Detection::custom_evidence of it begins
    OptionalIndex own_flags{};   // in Detection::own_flags
    OptionalIndex decoupling{};  // in Detection::decouplings
    std::int32_t opened_on = 0;  // since when its item stands; of runs that are stored
};

// An item of a key as the window shows it.
struct JudgedItem {
    std::uint32_t key = 0; // position in the spool
    breaks::ItemSpan span;
};

// What late rows make of the items of their key: from the first item that they may have changed,
// all that there are now. Which of them stand for breaks that were judged, earlier runs know too.
struct LateItems {
    std::uint32_t key = 0; // position in the spool
    std::int32_t from = 0; // items that opened before are as they were
    std::vector<breaks::ItemSpan> spans;
};

// What a custom detector says of a break.
struct CustomVerdict {
    float ln_p = std::numeric_limits<float>::quiet_NaN(); // NaN: it had nothing to say
    float share = 0;
};

// Why a break does not follow its partner, and who that is.
struct ToldDecoupling {
    breaks::Decoupling decoupling;
    std::string partner;
};

} // namespace recon::run
