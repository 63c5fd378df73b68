#include "run/remarks.hpp"

#include "postgres/date_text.hpp"
#include "run/store/replay.hpp"

namespace recon::run {

using postgres::date_text;

namespace {

// "1 key", "2 keys".
std::string counted(std::uint64_t n, const char* one, const char* many) {
    return std::to_string(n) + (n == 1 ? one : many);
}

std::string partial_dates(const Detection& detection) {
    const auto& partial = detection.partial;
    const std::string newest = date_text(*partial.newest);
    const std::string subject =
        partial.dates == 1
            ? newest + " is partial: it"
            : std::to_string(partial.dates) + " dates are partial; the newest, " + newest + ",";
    return subject + " has " + counted(partial.keys, " key", " keys") + " where " +
           std::to_string(partial.usual_keys) + " are usual; a feed may be late";
}

std::string late_rows(const LateRows& late) {
    const auto& dates = late.dates();
    return "judged too: " + counted(late.rows(), " late row of ", " late rows of ") +
           (dates.size() == 1 ? date_text(dates.front())
                              : std::to_string(dates.size()) + " dates from " +
                                    date_text(dates.front()) + " to " + date_text(dates.back())) +
           ", loaded since earlier runs had judged these dates";
}

} // namespace

std::vector<std::string> remarks(const RunPlan& plan, const JudgedSource& judged) {
    const auto& detection = judged.detection;
    const auto& source = detection.source;
    std::vector<std::string> said;
    if (judged.remark) said.push_back(*judged.remark);
    if (!detection.late.empty()) said.push_back(late_rows(detection.late));
    if (!detection.window && detection.late.empty()) {
        if (source.rows == 0) {
            said.emplace_back("the source has no rows");
        } else if (plan.newest_judged && !plan.from_date && !plan.to_date) {
            said.push_back("nothing new: no row is dated after " + date_text(*plan.newest_judged) +
                           ", the newest date judged; pass from_date and to_date to judge again");
        } else {
            said.emplace_back("no row is dated within the target window");
        }
    }
    if (source.rows_without_date > 0) {
        said.push_back(std::to_string(source.rows_without_date) + " of " +
                       counted(source.rows, " row", " rows") +
                       (source.rows_without_date == 1 ? " has no date and was not judged"
                                                      : " have no date and were not judged"));
    }
    if (source.rows_unreadable > 0) {
        said.push_back(std::to_string(source.rows_unreadable) + " of " +
                       counted(source.rows, " row", " rows") +
                       (source.rows_unreadable == 1 ? " has amounts that are not numbers"
                                                    : " have amounts that are not numbers") +
                       "; they count as missing");
    }
    if (plan.replays_as_of) {
        if (auto changes = changes_since_run(plan, detection)) said.push_back(std::move(*changes));
    }
    if (detection.partial.newest) said.push_back(partial_dates(detection));
    if (detection.keys_absent > 0) {
        const bool partial = detection.partial.newest == detection.window->last;
        said.push_back(counted(detection.keys_absent, " key of the date before has",
                               " keys of the date before have") +
                       " no row on the newest date: " +
                       (partial ? "probably a feed is missing" : "corrected, or missing"));
    }
    return said;
}

} // namespace recon::run
