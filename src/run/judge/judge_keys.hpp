// Judging all keys of a spool: one by one, spread over threads, then what takes all of them: the
// partners' evidence, that of custom detectors, the family, the order of the breaks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/base/thread_team.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// Takes what is remembered of a key after all its rows: position in the spool, number of rows,
// bytes of its KeyState.
using TakeState = std::function<void(std::size_t, std::uint64_t, std::span<const std::byte>)>;
// Gives the bytes of the KeyState of the keys at these positions of the spool, empty for new keys.
using GiveStates = std::function<std::vector<std::vector<std::byte>>(std::span<const std::size_t>)>;

// Where states come from and go to; either may be missing.
struct KeyStates {
    GiveStates give;
    TakeState take;
};

// How the keys of a run that continues stored baselines stand to these.
struct Continued {
    std::uint64_t new_keys = 0;
    std::uint64_t present = 0; // on the newest date, of those on the last date of the baselines
};

// Adds what is found. `absent` is null where no date is judged.
Continued judge_keys(Detection& detection, KeySpool& spool, const RunPlan& plan,
                     const AbsentKeys* absent, const KeyStates& states, ThreadTeam& team);

} // namespace recon::run
