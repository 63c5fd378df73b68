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

#include "core/base/error.hpp"
#include "core/base/firewall.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

template <class Row>
class PeersOf {
  public:
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t most_waiting = 20'000'000;

    // `remembered`: how many of its newest rows the state makes use of.
    explicit PeersOf(std::size_t remembered = unlimited) noexcept : remembered_(remembered) {}

    // Raises limit_exceeded where too many rows wait.
    void wait(const Row& row) {
        if (waiting_.size() >= std::min(most_waiting, 2 * std::min(remembered_, most_waiting))) {
            make_room();
        }
        waiting_.push_back(row);
    }

    // Hands every waiting row that the state would remember to `enter`.
    template <class Enter>
    void leave(Enter enter) {
        if (waiting_.size() > 1) std::sort(waiting_.begin(), waiting_.end());
        for (const Row& row : waiting_) {
            enter(row);
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
    std::vector<Row> waiting_;
};

class Peers : private PeersOf<double> {
  public:
    using PeersOf::leave;
    using PeersOf::most_waiting;
    using PeersOf::PeersOf;

    // What is not admitted will enter nothing, and does not wait.
    void wait(double x) {
        if (admitted(x)) PeersOf::wait(x + 0.0); // one kind of zero
    }
};

} // namespace recon::series
