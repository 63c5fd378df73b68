// The population of every key of a run: its pool of peers where that is large enough, all keys
// otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/thread_team.hpp"
#include "run/plan/run_plan.hpp"
#include "run/source/dates_read.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

class Populations {
  public:
    // Of a key without a row that may be learned from.
    static constexpr std::int32_t never = std::numeric_limits<std::int32_t>::max();

    // Learned from the rows of `range`; where targets come from a relation of their own, from all
    // others. `first_dates` has an entry for every key of the spool: of its first such row.
    [[nodiscard]] static Populations learn(KeySpool& spool, const RunPlan& plan,
                                           const FitRange& range,
                                           const std::vector<std::int32_t>& first_dates,
                                           ThreadTeam& team);

    // Makes of() answer for the keys of this spool.
    void assign(const KeySpool& spool);

    // Of the key at this position of the spool.
    [[nodiscard]] const breaks::Population& of(std::size_t at) const {
        return fits_[fit_of_key_[at]];
    }

    // Of a key of this pool, which may be new.
    [[nodiscard]] const breaks::Population& of_pool(const std::string& pool) const {
        return fits_[fit_of(pool)];
    }

    // Assignments are not part of it.
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Populations deserialize(ByteReader& reader);

  private:
    [[nodiscard]] std::uint32_t fit_of(const std::string& pool) const;
    // Models of the shapes of rows of these keys; none where they have too few.
    void learn_shapes(KeySpool& spool, const RunPlan& plan, const std::vector<std::uint32_t>& keys,
                      const FitRange& range, ThreadTeam& team);
    void set_shapes(const std::shared_ptr<const breaks::ShapeModels>& shapes);

    std::vector<breaks::Population> fits_; // the first one is of all keys
    std::map<std::string, std::uint32_t, std::less<>> fit_of_pool_;
    std::vector<std::uint32_t> fit_of_key_;
};

} // namespace recon::run
