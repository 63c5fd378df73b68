#include "postgres/progress_reporter.hpp"

#include <utility>

#include "core/base/progress.hpp"

namespace recon::postgres {

namespace {

// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits;
}

} // namespace

ProgressReporter::ProgressReporter(std::string subject, std::function<void()> publish)
    : outer_(current_), subject_(std::move(subject)), publish_(std::move(publish)) {
    progress = {};
    current_ = this;
}

ProgressReporter::~ProgressReporter() {
    current_ = outer_;
}

void ProgressReporter::report_when_due() {
    const auto now = Clock::now();
    if (stage_ != progress.stage) {
        if (stage_ != nullptr) stage_began_ = now;
        stage_ = progress.stage;
    }
    if (publish_ && now >= publish_due_) {
        publish_due_ = now + publish_interval;
        publish_();
    }
    if (now < due_) return;
    due_ = now + interval;
    const std::string said = sentence(now);
    const char* const text = said.c_str();
    guarded([=] { ereport(NOTICE, (errmsg("%s", text))); });
}

std::string ProgressReporter::sentence(Clock::time_point now) const {
    std::string said = subject_ + ": " + progress.stage;
    if (progress.done == 0) return said;
    said += ", " + grouped(progress.done);
    if (progress.total > 0) said += " of " + grouped(progress.total);
    said += std::string(" ") + progress.unit;
    if (progress.total > 0) {
        said += " (" + std::to_string(100 * progress.done / progress.total) + "%)";
    }
    const double seconds = std::chrono::duration<double>(now - stage_began_).count();
    if (seconds >= 1) {
        const double rate = static_cast<double>(progress.done) / seconds;
        said += ", " + grouped(static_cast<std::uint64_t>(rate)) + " a second";
    }
    return said;
}

} // namespace recon::postgres
