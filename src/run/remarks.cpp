#include "run/remarks.hpp"

#include "core/base/dates.hpp"
#include "run/store/replay.hpp"

namespace recon::run {

namespace {

// "1 key", "2 keys".
std::string counted(std::uint64_t n, const char* one, const char* many) {
    return std::to_string(n) + (n == 1 ? one : many);
}

std::string partial_dates(const Detection& detection) {
    const auto& partial = detection.partial;
    const std::string newest = iso_date(*partial.newest);
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
           (dates.size() == 1 ? iso_date(dates.front())
                              : std::to_string(dates.size()) + " dates from " +
                                    iso_date(dates.front()) + " to " + iso_date(dates.back())) +
           ", loaded since earlier runs had judged these dates";
}

std::string nothing_new(const RunPlan& plan, const SourceCounts& source) {
    return "nothing new: no row is dated after " + iso_date(*plan.newest_judged) +
           ", the newest date judged" + (source.future.rows > 0 ? ", up to today" : "") +
           "; pass from_date and to_date to judge again";
}

// "3 of 20 rows have no date": one or many of the rows of the source.
std::string of_rows(std::uint64_t n, const SourceCounts& source, const char* one,
                    const char* many) {
    return std::to_string(n) + " of " + counted(source.rows, " row", " rows") +
           (n == 1 ? one : many);
}

std::string future_rows(const RunPlan& plan, const SourceCounts& source) {
    const auto& [rows, newest] = source.future;
    const std::string dated = (plan.is_as_of ? "" : "today, ") + iso_date(plan.today) +
                              " (the newest " + iso_date(*newest) + ")";
    std::string text = of_rows(rows, source, " is dated after ", " are dated after ") + dated;
    if (plan.last_date() > plan.today) return text;
    return text + (rows == 1 ? " and was not judged; pass from_date and to_date to judge it"
                             : " and were not judged; pass from_date and to_date to judge them");
}

// Which rows of the source were not judged as they should be.
void add_faults(std::vector<std::string>& said, const RunPlan& plan, const Detection& detection) {
    const auto& source = detection.source;
    if (source.rows_without_date > 0) {
        said.push_back(of_rows(source.rows_without_date, source,
                               " has no finite date and was not judged",
                               " have no finite date and were not judged"));
    }
    // Later than the day as of which is judged is no fault, where it was asked for.
    const bool is_asked_for = plan.is_as_of && plan.last_date() > plan.today;
    if (source.future.rows > 0 && !is_asked_for) said.push_back(future_rows(plan, source));
    if (source.rows_unreadable > 0) {
        said.push_back(of_rows(source.rows_unreadable, source, " has amounts that are not numbers",
                               " have amounts that are not numbers") +
                       "; they count as missing");
    }
    if (detection.breaks_non_finite > 0) {
        said.push_back(counted(detection.breaks_non_finite, " break has", " breaks have") +
                       " an amount that is no number of at most 150 digits, which is not judged");
    }
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
            said.push_back(nothing_new(plan, source));
        } else {
            said.emplace_back("no row is dated within the target window");
        }
    }
    add_faults(said, plan, detection);
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
