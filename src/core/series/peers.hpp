// Rows of one place in the order, which come before each other in neither direction: they do not
// judge each other, and they enter a state together, once the next place begins, in ascending order
// of their values. So no order of arrival changes a bit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/firewall.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

class Peers {
  public:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t most_waiting = 20'000'000;

    // `remembered`: how many of its newest values the state makes use of.
    explicit Peers(std::size_t remembered = unlimited) noexcept : remembered_(remembered) {}

    // What is not admitted will enter nothing, and does not wait. Raises limit_exceeded where too
    // many values wait.
    void wait(double x) {
        if (!admitted(x)) return;
        if (waiting_.size() >= std::min(most_waiting, 2 * std::min(remembered_, most_waiting))) {
            make_room();
        }
        waiting_.push_back(x + 0.0); // one kind of zero
    }

    // Hands every waiting value that the state would remember to `enter`.
    template <class Enter>
    void leave(Enter enter) {
        if (waiting_.size() > 1) std::sort(waiting_.begin(), waiting_.end());
        for (const double x : waiting_) {
            enter(x);
        }
        waiting_.clear();
    }

  private:
    void make_room() {
        if (remembered_ >= waiting_.size()) {
            throw Error(ErrorKind::limit_exceeded, "too many rows share one place in the order",
                        "More than " + std::to_string(most_waiting) + " do.",
                        "Order the window by a column that tells its rows apart.");
        }
        const auto kept = static_cast<std::ptrdiff_t>(remembered_);
        std::nth_element(waiting_.begin(), waiting_.begin() + kept, waiting_.end(),
                         std::greater<>());
        waiting_.resize(remembered_);
    }

    std::size_t remembered_;
    std::vector<double> waiting_;
};

} // namespace recon::series
