#include "run/result/detection.hpp"

#include <cmath>

#include "core/detection/verdict/materiality.hpp"

namespace recon::run {

double Detection::q_value(const breaks::Finding& finding) const {
    return std::exp(family->ln_q(finding.ln_p));
}

bool Detection::is_anomaly(const breaks::Finding& finding, double minimum_amount) const {
    if (std::isnan(finding.ln_p) || breaks::is_quiet(finding.pattern)) return false;
    if (!breaks::is_material(finding.observed, minimum_amount)) return false;
    return family->ln_q(finding.ln_p) <= std::log(alpha);
}

breaks::Severity Detection::severity(const JudgedBreak& judged, std::string_view currency) const {
    return breaks::severity_of(judged.finding.ln_p, judged.finding.observed, is_anomaly(judged),
                               large_amounts.of(judged.finding.measure, currency));
}

} // namespace recon::run
