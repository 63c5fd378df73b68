// Moments of a frame whose ends somebody else moves: an aggregate with an inverse function. The
// sums are exact, so what leaves is taken away and nothing of it is left; only the extremes need
// to remember who could still become one.
#pragma once

#include <cstdint>
#include <deque>

#include "core/base/firewall.hpp"
#include "core/series/moments.hpp"

namespace recon::series {

class MovingMoments {
  public:
    void push_null() noexcept { moments_.add_null(); }
    // Raises limit_exceeded where too many values wait to become an extreme.
    void push(double x);

    // What leaves is what was pushed the longest time ago, of any kind. The server hands back all
    // of it, also what had entered no sum.
    void pop_null() noexcept { --moments_.nulls_; }
    void pop(double x);

    // The same bits as moments of the values in the frame, added one by one.
    [[nodiscard]] const Moments& frame() const noexcept { return moments_; }

  private:
    // The values that nothing younger has outdone, oldest first: the first is the extreme (the
    // monotonic queue of sliding minima).
    struct Candidate {
        std::int64_t arrival;
        double x;
    };
    static constexpr std::size_t most_candidates = 10'000'000;

    void read_extremes() noexcept;

    Moments moments_;
    std::int64_t arrivals_ = 0;
    std::int64_t departures_ = 0;
    std::deque<Candidate> smallest_;
    std::deque<Candidate> largest_;
};

} // namespace recon::series
