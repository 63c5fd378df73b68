#include "core/definition/column_name.hpp"

#include <algorithm>
#include <cstddef>

#include "core/definition/vocabulary.hpp"

namespace recon::definition {
namespace {

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
// Bytes beyond ASCII are letters of some language: they stay in their word.
bool is_letter(char c) {
    return is_upper(c) || is_lower(c) || static_cast<unsigned char>(c) >= 128;
}

// Cuts at anything that is no letter or digit, between letters and digits, and at camel case
// humps; a single letter before a hump stays with it (iHub, IHub).
std::vector<std::string> split_words(std::string_view name) {
    std::vector<std::string> words;
    std::string word;
    const auto finish = [&] {
        if (!word.empty()) words.push_back(word);
        word.clear();
    };
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (!is_letter(c) && !is_digit(c)) {
            finish();
            continue;
        }
        if (!word.empty()) {
            const char before = name[i - 1];
            const char after = i + 1 < name.size() ? name[i + 1] : '\0';
            const bool hump =
                is_upper(c) && (is_lower(before) || (is_upper(before) && is_lower(after)));
            if (is_digit(c) != is_digit(before) || (hump && word.size() > 1)) finish();
        }
        word.push_back(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
    }
    finish();
    return words;
}

// A run of letters that is no known word may be several (tradeid, originalfacedifference):
// the cut with the fewest known words, or a known last word of four letters or more behind
// something unknown (glbalance). Otherwise the run is one word of its own.
void cut_run(const std::string& run, std::vector<std::string>& into) {
    constexpr std::size_t longest = 64; // a longer run is no name made of words
    if (run.size() > longest || find_word(run) != nullptr) {
        into.push_back(run);
        return;
    }
    constexpr int impossible = 1000;
    std::vector<int> cost(run.size() + 1, impossible);
    std::vector<std::size_t> start(run.size() + 1, 0);
    cost[0] = 0;
    for (std::size_t end = 2; end <= run.size(); ++end) {
        for (std::size_t begin = 0; begin + 2 <= end; ++begin) {
            const std::string_view piece(run.data() + begin, end - begin);
            // Two letters are too easily found inside another word, except as its end.
            if (piece.size() == 2 && (end != run.size() || begin == 0)) continue;
            if (cost[begin] + 1 < cost[end] && find_word(piece) != nullptr) {
                cost[end] = cost[begin] + 1;
                start[end] = begin;
            }
        }
    }
    if (cost[run.size()] < impossible) {
        std::vector<std::string> pieces;
        for (std::size_t end = run.size(); end > 0; end = start[end]) {
            pieces.push_back(run.substr(start[end], end - start[end]));
        }
        into.insert(into.end(), pieces.rbegin(), pieces.rend());
        return;
    }
    for (std::size_t begin = 2; begin + 4 <= run.size(); ++begin) {
        if (find_word(std::string_view(run).substr(begin)) != nullptr) {
            into.push_back(run.substr(0, begin));
            into.push_back(run.substr(begin));
            return;
        }
    }
    into.push_back(run);
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    return text;
}

} // namespace

std::uint32_t ColumnName::head() const noexcept {
    constexpr std::uint32_t passed_over = sense_side_a | sense_side_b | sense_plain;
    for (std::size_t i = senses.size(); i-- > 0;) {
        if (senses[i] != 0 && (senses[i] & passed_over) == 0) return senses[i];
    }
    return 0;
}

bool ColumnName::only(std::uint32_t sense) const noexcept {
    return !senses.empty() && std::all_of(senses.begin(), senses.end(),
                                          [sense](std::uint32_t s) { return (s & sense) != 0; });
}

ColumnName read_column_name(std::string_view name) {
    std::vector<std::string> pieces;
    for (const auto& run : split_words(name)) {
        // A plural is its singular, where that is a word and the plural is not.
        if (find_word(run) == nullptr && run.size() > 3 && run.back() == 's' &&
            find_word(std::string_view(run).substr(0, run.size() - 1)) != nullptr) {
            pieces.push_back(run.substr(0, run.size() - 1));
        } else {
            cut_run(run, pieces);
        }
    }
    ColumnName result;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        std::string piece = pieces[i];
        if (i + 1 < pieces.size() && ((piece == "as" && pieces[i + 1] == "of") ||
                                      (piece == "sub" && pieces[i + 1] == "ledger"))) {
            piece += pieces[++i];
        } else if (i + 1 < pieces.size() && (piece == "cost" || piece == "profit") &&
                   (pieces[i + 1] == "center" || pieces[i + 1] == "centre")) {
            piece = "center"; // a place, neither a cost nor a profit
            ++i;
        }
        const Word* word = find_word(piece);
        if (word != nullptr && !word->canonical.empty()) piece = word->canonical;
        result.words.push_back(piece);
        result.senses.push_back(word != nullptr ? word->senses : 0);
        result.all |= result.senses.back();
    }
    return result;
}

bool NameComparison::known_sides() const noexcept {
    const bool forward = (left_senses & sense_side_a) != 0 && (right_senses & sense_side_b) != 0;
    const bool backward = (left_senses & sense_side_b) != 0 && (right_senses & sense_side_a) != 0;
    return forward || backward;
}

namespace {

constexpr std::uint32_t thing_senses = sense_measure | sense_opposite | sense_difference |
                                       sense_tolerance | sense_event | sense_descriptive |
                                       sense_currency | sense_identifier | sense_comment;

bool differ_in(const NameComparison& names, std::uint32_t senses) {
    constexpr std::uint32_t sides = sense_side_a | sense_side_b;
    return ((names.left_senses & senses) != 0 && (names.left_senses & sides) == 0) ||
           ((names.right_senses & senses) != 0 && (names.right_senses & sides) == 0);
}

} // namespace

bool NameComparison::different_things() const noexcept {
    return differ_in(*this, thing_senses);
}

bool NameComparison::different_events() const noexcept {
    constexpr std::uint32_t event = sense_event | sense_descriptive;
    return differ_in(*this, event) && !differ_in(*this, thing_senses & ~event);
}

NameComparison compare_names(const ColumnName& left, const ColumnName& right) {
    NameComparison result;
    std::vector<bool> taken(right.words.size(), false);
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < left.words.size(); ++i) {
        std::size_t j = 0;
        while (j < right.words.size() && (taken[j] || right.words[j] != left.words[i])) {
            ++j;
        }
        if (j < right.words.size()) {
            taken[j] = true;
            result.common.push_back(left.words[i]);
            result.common_senses |= left.senses[i];
        } else {
            rest.push_back(left.words[i]);
            result.left_senses |= left.senses[i];
        }
    }
    result.left = join(rest);
    rest.clear();
    for (std::size_t j = 0; j < right.words.size(); ++j) {
        if (taken[j]) continue;
        rest.push_back(right.words[j]);
        result.right_senses |= right.senses[j];
    }
    result.right = join(rest);
    result.shared = join(result.common);
    std::sort(result.common.begin(), result.common.end());
    return result;
}

} // namespace recon::definition
