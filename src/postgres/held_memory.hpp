// What the states of aggregates hold outside of the server's memory contexts: the executor does not
// see it, so it is counted here, over all states of the session.
#pragma once

#include <cstddef>

namespace recon::postgres {

// A part of a state, destroyed with it.
class HeldMemory {
  public:
    HeldMemory() = default;
    ~HeldMemory() { all_ -= bytes_; }
    HeldMemory(const HeldMemory&) = delete;
    HeldMemory& operator=(const HeldMemory&) = delete;

    // What the state holds now. Throws limit_exceeded where all of them hold more than eight times
    // the memory of a hash table (work_mem times hash_mem_multiplier), and more than 256 MB: as
    // many groups are hashed at once as SSPACE says, which wide rows and large samples exceed.
    void set(std::size_t bytes) {
        if (bytes != bytes_) change(bytes);
    }

  private:
    void change(std::size_t bytes);

    static std::size_t all_;
    std::size_t bytes_ = 0;
};

} // namespace recon::postgres
