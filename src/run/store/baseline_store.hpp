// The stored baselines of a reconciliation: tables recon.fit and recon.baseline.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "postgres/query.hpp"
#include "postgres/table_rows.hpp"
#include "run/result/detection.hpp"
#include "run/store/seal.hpp"

namespace recon::run {

// What is stored for the run's definition, or what is wrong with it. Both are nothing where nothing
// is stored.
struct LoadedFit {
    std::optional<StoredFit> fit;
    std::optional<std::string> damage;
};
[[nodiscard]] LoadedFit load_fit(const RunPlan& plan);

// States of the keys at these positions of the spool, empty where none is stored. Sees what the
// calling statement sees, as load_fit() does, so that both belong together. Throws invalid_data for
// bytes that are not those which were stored for the key.
[[nodiscard]] std::vector<std::vector<std::byte>>
load_states(const RunPlan& plan, const KeySpool& spool, std::span<const std::size_t> at);

// Collects the states of a run and writes them at its end.
class BaselineWriter {
  public:
    // Memory is taken from `context`; beyond work_mem the states go to a temporary file.
    BaselineWriter(const RunPlan& plan, MemoryContext context);

    void take(const KeyEntry& key, std::uint64_t history, std::span<const std::byte> state);
    // What was taken belongs to a detection that did not come to its end, because what is stored
    // cannot be read: another follows, whose states replace it all.
    void replace_all() {
        states_.clear();
        replaces_all_ = true;
    }

    // Writes what was taken where it is newer than what is stored. Must be called as the
    // extension's owner, while the reconciliation is locked.
    void finish(const Detection& detection, std::int64_t run_id);

  private:
    void write(const StoredFit& next, bool is_continued, std::int64_t run_id);
    void write_states(postgres::Query& query, bool is_continued) const;
    void write_fit(postgres::Query& query, const StoredFit& next, std::int64_t run_id) const;
    [[nodiscard]] bool is_outdated(const StoredFit& next, const std::optional<StoredFit>& stored,
                                   bool is_continued) const;

    const RunPlan* plan_;
    // A row of recon.baseline.
    struct State {
        std::int32_t reconciliation_id;
        const KeyEntry& entry;
        std::uint64_t history;
        std::span<const std::byte> state;
        Seal seal;
    };
    static const std::array<postgres::TableColumn<State>, 5> columns;

    postgres::TableRows<State> states_;
    MemoryContext row_context_;
    bool replaces_all_ = false;
};

} // namespace recon::run
