// Late rows: dated up to the newest date judged, loaded since. They are judged as a run over their
// date alone would, together with the other rows of their key on that date, by which they are
// numbered; other rows of these dates are not judged again.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "run/fit/populations.hpp"
#include "run/plan/run_plan.hpp"
#include "run/source/dates_read.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

// Of one key: in order of date.
struct LateDate {
    std::int32_t date = 0;
    std::uint64_t rows = 0; // that are late
};

// Those that the scan marks.
[[nodiscard]] std::vector<LateDate> late_dates_of(std::span<const breaks::RowsOfDate> on,
                                                  std::int32_t newest_judged);

// Late dates from .. to are judged by the same fit.
struct LateFit {
    std::int32_t from = 0;
    std::int32_t to = 0;
    Populations populations;
};

class LateRows {
  public:
    // `dates` are those of keys with late rows, by their position in the spool.
    using DatesOfKeys = std::unordered_map<std::uint32_t, std::vector<LateDate>>;

    LateRows() = default;
    LateRows(DatesOfKeys dates, KeySpool& spool, const RunPlan& plan, const DatesRead& read,
             const std::vector<std::int32_t>& first_dates, ThreadTeam& team);

    [[nodiscard]] bool empty() const noexcept { return dates_.empty(); }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] const std::vector<std::int32_t>& dates() const noexcept { return all_dates_; }
    [[nodiscard]] const DatesOfKeys& dates_of_keys() const noexcept { return dates_; }
    [[nodiscard]] std::span<const LateFit> fits() const noexcept { return fits_; }

    // Nothing of a key without late rows.
    [[nodiscard]] std::span<const LateDate> dates_of(std::size_t key) const;

  private:
    void leave_out_known(KeySpool& spool, const RunPlan& plan, ThreadTeam& team);

    DatesOfKeys dates_;
    std::vector<std::int32_t> all_dates_; // in order
    std::uint64_t rows_ = 0;
    std::vector<LateFit> fits_;
};

} // namespace recon::run
