#include "core/report/run_page.hpp"

#include <algorithm>
#include <cmath>

#include "core/report/markup.hpp"
#include "core/report/page_style.hpp"

namespace recon::report {
namespace {

std::string count(std::int64_t number) {
    return shown_number(static_cast<double>(number));
}
std::string counted(std::int64_t number, const std::string& one, const std::string& many) {
    return count(number) + " " + (number == 1 ? one : many);
}

std::string percent(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return "–";
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    return shown_number(std::round(share * 10) / 10) + "%";
}

std::string tile(const std::string& label, const std::string& value, const char* kind = "") {
    return "<div class=\"tile " + std::string(kind) + "\"><div class=\"tile-value\">" +
           escaped(value) + "</div><div class=\"tile-label\">" + escaped(label) + "</div></div>";
}

std::string section(const std::string& id, const std::string& title, const std::string& body) {
    return "<section aria-labelledby=\"" + id + "\"><h2 id=\"" + id + "\">" + escaped(title) +
           "</h2>" + body + "</section>\n";
}

std::string bars_section(const std::string& id, const std::string& title,
                         const std::vector<ChartBar>& bars) {
    return bars.empty() ? "" : section(id, title, bar_chart(bars, title, 520));
}

std::string trend(const RunReport& report) {
    std::vector<ChartPoint> anomalies;
    std::vector<ChartPoint> matches;
    for (const auto& run : report.past) {
        const bool is_this = &run == &report.past.back();
        anomalies.push_back({run.date, run.anomalies, is_this});
        matches.push_back({run.date, run.match_rate, is_this});
    }
    if (report.past.size() < 2) return {};
    return section("trend", "Against previous runs",
                   "<div class=\"pair\"><figure><figcaption>Anomalies</figcaption>" +
                       line_chart(anomalies, "Anomalies of each run", 520, 150) +
                       "</figure><figure><figcaption>Rows that match, in percent</figcaption>" +
                       line_chart(matches, "Match rate of each run, in percent", 520, 150) +
                       "</figure></div>");
}

std::string card(const ReportedAnomaly& anomaly, std::size_t number) {
    std::string html = "<article class=\"card\" aria-labelledby=\"a" + std::to_string(number) +
                       "\"><h3 id=\"a" + std::to_string(number) + "\"><span class=\"badge " +
                       escaped(anomaly.severity) + "\">" + escaped(anomaly.severity) + "</span> " +
                       escaped(anomaly.key) + " <span class=\"amount\">" + escaped(anomaly.amount) +
                       "</span></h3><p class=\"meta\">" + escaped(anomaly.date) + " · " +
                       escaped(anomaly.pattern) + "</p><p>" + escaped(anomaly.reason) + "</p>";
    if (!anomaly.history.empty()) {
        html += line_chart(anomaly.history, "History of " + anomaly.key, 760, 130);
    }
    return html + "<p class=\"action\"><strong>Next:</strong> " + escaped(anomaly.action) +
           "</p></article>\n";
}

std::string list(const RunReport& report) {
    if (report.list.empty()) {
        return section("anomalies", "Anomalies",
                       "<p>None. Nothing in this window is out of pattern.</p>");
    }
    std::string cards;
    std::string rows;
    for (std::size_t i = 0; i < report.list.size(); ++i) {
        const auto& anomaly = report.list[i];
        if (!anomaly.history.empty()) {
            cards += card(anomaly, i + 1);
            continue;
        }
        rows += "<tr><td>" + escaped(anomaly.severity) + "</td><td>" + escaped(anomaly.key) +
                "</td><td>" + escaped(anomaly.date) + "</td><td class=\"number\">" +
                escaped(anomaly.amount) + "</td><td>" + escaped(anomaly.reason) + "</td></tr>\n";
    }
    std::string html =
        cards.empty() ? "" : section("anomalies", "Anomalies, the strongest first", cards);
    if (!rows.empty()) {
        html +=
            section("others", cards.empty() ? "Anomalies" : "All other anomalies",
                    "<table><thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Key</th>"
                    "<th scope=\"col\">Date</th><th scope=\"col\" class=\"number\">Amount</th>"
                    "<th scope=\"col\">Reason</th></tr></thead><tbody>" +
                        rows + "</tbody></table>");
    }
    return html;
}

std::string totals(const RunReport& report) {
    std::string rows;
    for (const auto& total : report.totals) {
        rows += "<tr><th scope=\"row\">" + escaped(total.what) + "</th><td class=\"number\">" +
                count(total.rows) + "</td></tr>";
    }
    return section("totals", "Control totals",
                   "<table class=\"narrow\"><tbody>" + rows + "</tbody></table>");
}

} // namespace

std::vector<std::string> summary_of(const RunReport& report) {
    std::vector<std::string> sentences;
    sentences.push_back(counted(report.judged, "row", "rows") + " of " + report.window +
                        " were judged: " + count(report.matched) + " match (" +
                        percent(report.matched, report.judged) + "), " + count(report.breaks) +
                        (report.breaks == 1 ? " is a break." : " are breaks."));
    if (report.anomalies == 0) {
        sentences.emplace_back("None of the breaks is out of pattern.");
    } else {
        sentences.push_back(
            counted(report.anomalies, "break is", "breaks are") + " out of pattern" +
            (report.list.empty() ? "."
                                 : "; the strongest is " + report.list.front().key + " with " +
                                       report.list.front().amount + "."));
    }
    if (report.past.size() > 1) {
        const auto before =
            static_cast<std::int64_t>(report.past[report.past.size() - 2].anomalies);
        const auto difference = report.anomalies - before;
        sentences.push_back(difference == 0 ? "That is as many as in the run before."
                                            : "That is " + count(std::abs(difference)) +
                                                  (difference > 0 ? " more" : " fewer") +
                                                  " than in the run before.");
    } else {
        sentences.emplace_back("It is the first run that is stored.");
    }
    return sentences;
}

std::string run_page(const RunReport& report) {
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\"><title>" +
        escaped(report.reconciliation) + ", " + escaped(report.window) + "</title><style>" +
        std::string(page_style) + "</style></head>\n<body>" +
        "<a class=\"skip\" href=\"#anomalies\">Skip to the anomalies</a><header><h1>" +
        escaped(report.reconciliation) + "</h1><p class=\"meta\">" + escaped(report.window) +
        " · run " + escaped(report.run) + " · strategy " + escaped(report.strategy) + " · " +
        escaped(report.made_at) + "</p></header>\n<main>";
    std::string sentences;
    for (const auto& sentence : summary_of(report)) {
        sentences += escaped(sentence) + " ";
    }
    html += "<p class=\"summary\">" + sentences + "</p>";
    if (report.message)
        html += "<p class=\"message\" role=\"note\">" + escaped(*report.message) + "</p>";
    html += "<div class=\"tiles\">" + tile("rows judged", count(report.judged)) +
            tile("match", percent(report.matched, report.judged)) +
            tile("breaks", count(report.breaks)) +
            tile("anomalies", count(report.anomalies), report.anomalies > 0 ? "alert" : "") +
            tile("verdicts changed", count(report.changed)) + "</div>\n";
    html += trend(report);
    html += "<div class=\"pair\">" + bars_section("severity", "By severity", report.by_severity) +
            bars_section("pattern", "By pattern", report.by_pattern) +
            bars_section("category", "By category", report.by_category) +
            bars_section("drivers", "What anomalies share", report.drivers) +
            bars_section("ageing", "Open items by age", report.ageing) + "</div>";
    html += list(report) + totals(report);
    return html +
           "</main><footer>Recon for PostgreSQL. This page is complete in itself: it makes no "
           "request.</footer></body></html>\n";
}

std::string run_digest(const RunReport& report) {
    constexpr std::size_t most = 5;
    std::string text = report.reconciliation + ", " + report.window + "\n\n";
    for (const auto& sentence : summary_of(report)) {
        text += sentence + "\n";
    }
    for (std::size_t i = 0; i < std::min(most, report.list.size()); ++i) {
        const auto& anomaly = report.list[i];
        text += "\n" + std::to_string(i + 1) + ". " + anomaly.key + ", " + anomaly.date + " (" +
                anomaly.severity + "): " + anomaly.reason + "\n   Next: " + anomaly.action + "\n";
    }
    if (report.list.size() > most) {
        text += "\nand " + std::to_string(report.list.size() - most) + " more.\n";
    }
    return text;
}

} // namespace recon::report
