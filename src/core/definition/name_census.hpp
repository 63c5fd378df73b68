// All pairs of names of a relation seen together: a word that tells two columns apart is a side if
// it does so for several subjects, and is none if a subject has many such words.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_name.hpp"

namespace recon::definition {

// Rests seen for one subject, and subjects seen for one pair of rests.
struct NameCensus {
    std::map<std::string, std::set<std::string>> rests;
    std::map<std::pair<std::string, std::string>, std::set<std::string>> subjects;

    static std::pair<std::string, std::string> sides(const NameComparison& names) {
        return std::minmax(names.left, names.right);
    }
    void add(const NameComparison& names, const std::string& subject) {
        if (subject.empty() || names.left.empty() || names.right.empty()) return;
        rests[subject].insert(names.left);
        rests[subject].insert(names.right);
        subjects[sides(names)].insert(subject);
    }
};

[[nodiscard]] inline std::string joined_words(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

[[nodiscard]] inline bool all_digits(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

} // namespace recon::definition
