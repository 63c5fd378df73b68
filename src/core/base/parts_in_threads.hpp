// Something that several threads add to, each to a part of its own; the parts are put together in
// the end.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon {

template <typename Part>
class PartsInThreads {
  public:
    // Calls add(Part&) with a part that no other thread uses meanwhile.
    template <typename Add>
    void with(Add&& add) {
        Part* own = nullptr;
        {
            const std::lock_guard lock(mutex_);
            if (idle_.empty()) {
                all_.push_back(std::make_unique<Part>());
                idle_.push_back(all_.back().get());
            }
            own = idle_.back();
            idle_.pop_back();
        }
        add(*own);
        const std::lock_guard lock(mutex_);
        idle_.push_back(own);
    }

    // Once no thread adds any more.
    void gather(Part& into) const {
        for (const auto& part : all_)
            into.add(*part);
    }

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Part>> all_;
    std::vector<Part*> idle_;
};

} // namespace recon
