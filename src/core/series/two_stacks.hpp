// A first-in first-out window over mergeable parts: push at the new end, pop at the old end, the
// merged whole at any time, each in constant amortized time and without ever subtracting anything.
//
// Two stacks (the classic queue of two stacks, applied to sliding aggregation by Tangwongsan,
// Hirzel, Schneider, VLDB 2015): new values are folded into one running part; when the old end is
// needed, they are turned over into parts "from here to the newest". What has left the window has
// left no trace, whatever its size.
//
// Part needs: void add(double), void merge(const Part&), and a default constructor for "nothing".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/series/admitted.hpp"

namespace recon::series {

template <class Part>
class TwoStacks {
  public:
    // x must be admitted(); the callers decide what to do with what is not.
    void push(double x) {
        young_values_.push_back(x);
        young_.add(x);
    }

    // Drops the oldest value. Does nothing on an empty window.
    void pop() {
        if (old_.empty()) turn_over();
        if (!old_.empty()) old_.pop_back();
    }

    [[nodiscard]] Part whole() const {
        if (old_.empty()) return young_;
        Part merged = old_.back().part;
        merged.merge(young_);
        return merged;
    }

    // The whole as it will be once the oldest value has left.
    [[nodiscard]] Part whole_but_oldest() {
        if (old_.empty()) turn_over();
        if (old_.size() < 2) return young_;
        Part merged = old_[old_.size() - 2].part;
        merged.merge(young_);
        return merged;
    }

    [[nodiscard]] std::size_t size() const noexcept { return old_.size() + young_values_.size(); }

  private:
    struct Entry {
        double value;
        Part part; // of this value and all younger ones in old_
    };

    void turn_over() {
        std::reverse(young_values_.begin(), young_values_.end());
        stack_up();
    }

    // Moves young_values_, here newest first, onto old_.
    void stack_up() {
        old_.reserve(young_values_.size());
        Part part;
        for (const double value : young_values_) {
            part.add(value);
            old_.push_back({value, part});
        }
        young_values_.clear();
        young_ = Part{};
    }

    std::vector<Entry> old_; // the oldest value last
    std::vector<double> young_values_;
    Part young_;
};

} // namespace recon::series
