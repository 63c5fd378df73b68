// Tells the client every few seconds how far a long call is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

// While one exists, poll_interrupt() sends a NOTICE about recon::progress every few seconds. A call
// within a call reports for itself.
class ProgressReporter {
  public:
    // `subject` begins each notice: reconciliation "cash". `publish`, where given, is called every
    // second.
    explicit ProgressReporter(std::string subject, std::function<void()> publish = {});
    ~ProgressReporter();
    ProgressReporter(const ProgressReporter&) = delete;
    ProgressReporter& operator=(const ProgressReporter&) = delete;

    // Called by the interrupt hook; reads a clock and mostly returns.
    static void poll() {
        if (current_ != nullptr) current_->report_when_due();
    }

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds interval{3};
    static constexpr std::chrono::seconds publish_interval{1};

    void report_when_due();
    [[nodiscard]] std::string sentence(Clock::time_point now) const;

    static inline ProgressReporter* current_ = nullptr;
    ProgressReporter* outer_;
    std::string subject_;
    std::function<void()> publish_;
    const char* stage_ = nullptr; // the stage seen last, and since when
    Clock::time_point stage_began_ = Clock::now();
    Clock::time_point due_ = stage_began_ + interval;
    Clock::time_point publish_due_ = stage_began_ + publish_interval;
};

} // namespace recon::postgres
