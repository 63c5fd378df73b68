// Judging one key of a run: its rows, by the past that is remembered or read; on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/parts_in_threads.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/history/series_value.hpp"
#include "core/detection/judging/judge.hpp"
#include "run/judge/custom_detectors.hpp"
#include "run/judge/partner_evidence.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// What is said of one key.
struct KeyVerdict {
    std::vector<double> ln_p; // of every target row
    std::vector<JudgedBreak> breaks;
    std::vector<breaks::ItemSpan> items;
    std::optional<LateItems> late_items;
    std::vector<std::string> exact_amounts;   // JudgedBreak::exact counts within these
    std::vector<breaks::PartnerTrack> tracks; // where the key has partners
    std::vector<JudgedTarget> targets;        // where custom detectors are asked
    breaks::RowsDigest digest;                // of the rows read
    bool is_new = false;                      // nothing was remembered of it
    bool is_absent = false;                   // on the newest date, judged by the rows read
    bool is_present = false; // on the newest date, and on the one before by its state
    std::uint64_t history = 0;
    std::vector<std::byte> state; // empty where none is wanted
};

// Everything that is the same for all keys of a run.
struct KeyJudging {
    const KeySpool& spool;
    const RunPlan& plan;
    const Detection& detection;         // its window, what is usual, what came late
    const AbsentKeys* absent = nullptr; // none where no date is judged
    const PartnerEvidence& partners;
    PartsInThreads<breaks::RowsSketch>& sketches; // of the rows read
    bool keeps_states = false;
    bool asks_own_detectors = false;

    // `remembered` is the state of the key, empty for a new one.
    [[nodiscard]] KeyVerdict judge(std::size_t at, breaks::SeriesValue& value,
                                   std::span<const std::byte> remembered) const;

  private:
    // Rows of one key and what they are compared with.
    struct Rows {
        std::size_t at; // of the key, in the spool
        const breaks::SeriesValue& value;
        const breaks::KeySeries& series; // of it, or a part
        const breaks::Population& population;
    };
    // What judging adds to.
    struct Found {
        KeyVerdict& verdict;
        std::vector<breaks::Finding> findings;
        std::vector<breaks::ItemSpan> spans;
        std::span<breaks::PartnerTrack> tracks;
    };

    // The same as breaks::judge_breaks(), with all that custom detectors are asked about.
    void judge_targets(breaks::KeyState& state, const Rows& rows, const breaks::LookAtFinding& look,
                       Found& found) const;
    // Adds what is said of the targets among the rows.
    void judge_rows(breaks::KeyState& state, const Rows& rows, KeyVerdict& verdict,
                    std::span<breaks::PartnerTrack> tracks) const;
    void add_breaks(const Rows& rows, const Found& found,
                    std::span<const breaks::RuleFlags> rules) const;
    void judge_window(std::size_t at, breaks::SeriesValue& value,
                      std::span<const std::byte> remembered, KeyVerdict& verdict) const;
    void judge_late_rows(std::size_t at, const breaks::SeriesValue& value,
                         KeyVerdict& verdict) const;
    [[nodiscard]] LateItems late_items(std::size_t at, const breaks::SeriesValue& value) const;
    [[nodiscard]] breaks::KeyState state_of(const breaks::KeySeries& series,
                                            std::span<const std::byte> remembered) const;
};

} // namespace recon::run
