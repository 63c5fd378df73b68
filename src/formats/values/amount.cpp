#include "formats/values/amount.hpp"

#include <algorithm>
#include <array>

namespace recon::formats {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Blanks that people and systems put between thousands or around numbers: no-break, narrow, thin,
// figure.
constexpr std::array<std::string_view, 5> blanks = {"\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89",
                                                    "\xE2\x80\x87", "\xEF\xBB\xBF"};
constexpr std::array<std::string_view, 3> minuses = {"\xE2\x88\x92", "\xE2\x80\x93",
                                                     "\xEF\xBC\x8D"};
constexpr std::array<std::string_view, 2> apostrophes = {"\xE2\x80\x99", "\xCA\xBC"};
constexpr std::array<std::string_view, 9> symbols = {
    "$",         "%",         "\xC2\xA3",    "\xC2\xA5", "\xE2\x82\xAC", "\xE2\x82\xB9",
    "z\xC5\x82", "K\xC4\x8D", "\xE2\x82\xBD"};

template <std::size_t size>
std::size_t starts_with(std::string_view text, const std::array<std::string_view, size>& any) {
    for (const auto each : any) {
        if (text.substr(0, each.size()) == each) return each.size();
    }
    return 0;
}
template <std::size_t size>
std::size_t ends_with(std::string_view text, const std::array<std::string_view, size>& any) {
    for (const auto each : any) {
        if (text.size() >= each.size() && text.substr(text.size() - each.size()) == each) {
            return each.size();
        }
    }
    return 0;
}

// ISO 4217: the active codes, and a few that still occur in histories.
constexpr std::string_view currency_codes = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT "
                                            "BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
                                            "CAD CDF CHF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK "
                                            "DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP "
                                            "GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD "
                                            "IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD "
                                            "KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
                                            "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
                                            "NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
                                            "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS "
                                            "SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
                                            "TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF "
                                            "XAG XAU XCD XOF XPF YER ZAR ZMW ZWL DEM FRF ITL";

bool is_currency(std::string_view word) {
    return word.size() == 3 && currency_codes.find(word) % 4 == 0;
}

enum class Word : std::uint8_t { other, debit, credit, currency, unit };

Word word_kind(std::string_view word) {
    std::string upper(word);
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    for (const std::string_view debit : {"D", "DR", "S", "DB", "DEBIT", "DEBET", "SOLL"}) {
        if (upper == debit) return Word::debit;
    }
    for (const std::string_view credit : {"C", "CR", "K", "H", "CREDIT", "KREDIT", "HABEN"}) {
        if (upper == credit) return Word::credit;
    }
    if (upper == "KR" || upper == "RS" || upper == "FR" || upper == "SFR") return Word::unit;
    return is_currency(word) ? Word::currency : Word::other;
}

// Takes signs, letters, codes and symbols off both ends of a number.
class Peeler {
  public:
    Peeler(std::string_view text, DebitSign debit) : text_(trimmed(text)), debit_(debit) {}

    // False where what is there belongs to no number.
    bool peel() {
        bool again = true;
        while (again && !text_.empty()) {
            again = brackets() || front() || back();
            text_ = trimmed(text_);
        }
        return !text_.empty() && !failed_;
    }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::string_view currency() const { return currency_; }
    [[nodiscard]] bool negative() const { return negative_; }

  private:
    bool brackets() {
        if (text_.size() < 3 || text_.front() != '(' || text_.back() != ')') return false;
        text_ = text_.substr(1, text_.size() - 2);
        return sign(true);
    }
    bool sign(bool negative) {
        if (signed_) failed_ = true;
        signed_ = true;
        negative_ = negative;
        return !failed_;
    }
    bool word(std::string_view word) {
        switch (word_kind(word)) {
        case Word::debit:
            return sign(debit_ == DebitSign::negative);
        case Word::credit:
            return sign(debit_ != DebitSign::negative);
        case Word::currency:
            if (!currency_.empty()) break;
            currency_ = word;
            return true;
        case Word::unit:
            return true;
        case Word::other:
            break;
        }
        failed_ = true;
        return false;
    }
    bool front() {
        if (is_digit(text_.front())) return false; // nearly all of them
        if (text_.front() == '-' || text_.front() == '+') {
            const bool negative = text_.front() == '-';
            text_.remove_prefix(1);
            return sign(negative);
        }
        if (const auto length = starts_with(text_, minuses); length > 0) {
            text_.remove_prefix(length);
            return sign(true);
        }
        if (const auto length = starts_with(text_, symbols); length > 0) {
            text_.remove_prefix(length);
            return true;
        }
        const auto end = std::find_if_not(text_.begin(), text_.end(), is_letter);
        const auto length = static_cast<std::size_t>(end - text_.begin());
        if (length == 0) return false;
        const auto taken = text_.substr(0, length);
        text_.remove_prefix(length);
        if (!text_.empty() && text_.front() == '.' && word_kind(taken) == Word::unit) {
            text_.remove_prefix(1);
        }
        // K2 is more a name than two kronor of credit.
        if (length == 1 && !text_.empty() && is_digit(text_.front())) {
            failed_ = true;
            return false;
        }
        return word(taken);
    }
    bool back() {
        if (is_digit(text_.back())) return false;
        if (text_.size() > 1 && (text_.back() == '-' || text_.back() == '+')) {
            const bool negative = text_.back() == '-';
            text_.remove_suffix(1);
            // 100,- is one hundred as Germans and Scandinavians write a price.
            if (negative && (text_.back() == ',' || text_.back() == '.')) {
                text_.remove_suffix(1);
                return true;
            }
            return sign(negative);
        }
        if (const auto length = ends_with(text_, minuses); length > 0) {
            text_.remove_suffix(length);
            return sign(true);
        }
        if (const auto length = ends_with(text_, symbols); length > 0) {
            text_.remove_suffix(length);
            return true;
        }
        const bool dot =
            text_.size() > 2 && text_.back() == '.' && is_letter(text_[text_.size() - 2]);
        const auto view = dot ? text_.substr(0, text_.size() - 1) : text_;
        const auto begin = std::find_if_not(view.rbegin(), view.rend(), is_letter);
        const auto length = static_cast<std::size_t>(begin - view.rbegin());
        if (length == 0) return false;
        text_ = view.substr(0, view.size() - length);
        return word(view.substr(view.size() - length));
    }

    std::string_view text_;
    DebitSign debit_;
    std::string_view currency_;
    bool negative_ = false;
    bool signed_ = false;
    bool failed_ = false;
};

constexpr std::size_t longest = 400; // digits: more than a numeric of any use has

// The digits of a number between its ends.
class Digits {
  public:
    Digits(std::string_view text, char decimal) : text_(text), decimal_(decimal) {}

    bool read() {
        if (text_.size() > longest) return false;
        if (!whole()) return false;
        if (at_ < text_.size() && text_[at_] == decimal_) {
            ++at_;
            for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
                put(text_[at_]);
                ++scale_;
            }
        }
        return count_ > 0 && exponent() && at_ == text_.size();
    }

    void give(Amount& amount, bool negative) const {
        amount.scale = std::max(0, scale_);
        amount.fits = count_ <= 18 && scale_ >= 0;
        amount.mantissa = negative ? -value_ : value_;
        if (amount.fits) return;
        std::string digits = digits_;
        if (scale_ < 0) digits.append(static_cast<std::size_t>(-scale_), '0');
        const auto places = static_cast<std::size_t>(amount.scale);
        if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
        if (places > 0) digits.insert(digits.size() - places, ".");
        amount.digits = (negative ? "-" : "") + digits;
    }

  private:
    void put(char digit) {
        if (count_ > 0 || digit != '0') ++count_;
        if (count_ <= 18) value_ = value_ * 10 + (digit - '0');
        if (count_ == 0) count_zero_ = true;
        if (count_ > 18 || !digits_.empty()) {
            digits_ += digit;
        } else if (count_ == 18) {
            digits_ = std::to_string(value_);
        }
    }
    // The length of a separator of thousands; 0: none is here.
    [[nodiscard]] std::size_t group() const {
        const char c = text_[at_];
        if (c == '\'' || c == ' ' || ((c == '.' || c == ',') && c != decimal_)) return 1;
        const auto rest = text_.substr(at_);
        const auto blank = starts_with(rest, blanks);
        return blank > 0 ? blank : starts_with(rest, apostrophes);
    }
    bool whole() {
        std::string_view separator;
        std::size_t since = 0;
        while (at_ < text_.size()) {
            if (is_digit(text_[at_])) {
                put(text_[at_++]);
                ++since;
                continue;
            }
            const auto length = text_[at_] == decimal_ ? 0 : group();
            if (length == 0) break;
            const auto here = text_.substr(at_, length);
            // Thousands, or lakhs: two or three digits between two separators.
            if (since == 0 || since > 3 ||
                (!separator.empty() && (here != separator || since < 2))) {
                return false;
            }
            separator = here;
            since = 0;
            at_ += length;
        }
        if (!separator.empty() && since != 3) return false;
        // Every digit may be a zero.
        if (count_ == 0 && count_zero_) count_ = 1;
        return count_ > 0 || (at_ < text_.size() && text_[at_] == decimal_ &&
                              at_ + 1 < text_.size() && is_digit(text_[at_ + 1]));
    }
    bool exponent() {
        if (at_ >= text_.size() || (text_[at_] != 'e' && text_[at_] != 'E')) return true;
        ++at_;
        bool negative = false;
        if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) {
            negative = text_[at_++] == '-';
        }
        const std::size_t begin = at_;
        int power = 0;
        for (; at_ < text_.size() && is_digit(text_[at_]) && at_ - begin < 3; ++at_) {
            power = power * 10 + (text_[at_] - '0');
        }
        if (at_ == begin || power > 300) return false;
        scale_ += negative ? power : -power;
        if (digits_.empty()) digits_ = std::to_string(value_);
        if (scale_ > 18) count_ = 19; // written out
        return true;
    }

    std::string_view text_;
    char decimal_;
    std::size_t at_ = 0;
    std::int64_t value_ = 0;
    std::string digits_;
    int count_ = 0; // significant
    bool count_zero_ = false;
    int scale_ = 0;
};

} // namespace

std::string Amount::text() const {
    if (!fits) return digits;
    std::string text = std::to_string(mantissa < 0 ? -mantissa : mantissa);
    const auto places = static_cast<std::size_t>(scale);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    if (places > 0) text.insert(text.size() - places, ".");
    return mantissa < 0 ? "-" + text : text;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty()) {
        const auto front = static_cast<unsigned char>(text.front());
        const std::size_t length = front <= ' ' ? 1 : front < 0x80 ? 0 : starts_with(text, blanks);
        if (length == 0) break;
        text.remove_prefix(length);
    }
    while (!text.empty()) {
        const auto back = static_cast<unsigned char>(text.back());
        const std::size_t length = back <= ' ' ? 1 : back < 0x80 ? 0 : ends_with(text, blanks);
        if (length == 0) break;
        text.remove_suffix(length);
    }
    return text;
}

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_placeholder(std::string_view text) {
    if (text.empty()) return true;
    if (text.size() > 5) return false;
    constexpr std::array<std::string_view, 12> known = {
        "-", "--", "?", "#n/a", "n/a", "n.a.", "na", "nan", "none", "null", "nil", "\xE2\x80\x93"};
    return std::find(known.begin(), known.end(), lower_ascii(text)) != known.end();
}

std::optional<Amount> read_amount(std::string_view text, char decimal, DebitSign debit) {
    Peeler peeler(text, debit);
    if (!peeler.peel()) return std::nullopt;
    Digits digits(peeler.text(), decimal);
    if (!digits.read()) return std::nullopt;
    Amount amount;
    digits.give(amount, peeler.negative());
    amount.currency = peeler.currency();
    return amount;
}

void DecimalEvidence::note(Witness& witness, std::string_view text, std::uint64_t line) {
    if (witness.count++ == 0) {
        witness.text = text;
        witness.line = line;
    }
}

bool DecimalEvidence::add(std::string_view text, std::uint64_t line) {
    const auto point = read_amount(text, '.');
    if (text.find_first_of(".,") == std::string_view::npos) return point.has_value();
    const auto comma = read_amount(text, ',');
    separator_ = separator_ || point || comma;
    if (point && comma) {
        if (point->text() != comma->text()) note(both_, text, line);
    } else if (point) {
        note(point_, text, line);
    } else if (comma) {
        note(comma_, text, line);
    }
    return point || comma;
}

bool DecimalEvidence::add_plain(std::string_view text, std::uint64_t line) {
    if (!read_amount(text, '.')) return false;
    if (text.find('.') != std::string_view::npos) {
        separator_ = true;
        note(point_, text, line);
    }
    return true;
}

std::optional<char> DecimalEvidence::decimal() const {
    if (is_ambiguous()) return std::nullopt;
    return comma_.count > point_.count ? ',' : '.';
}

bool DecimalEvidence::is_ambiguous() const {
    return both_.count > 0 && point_.count == 0 && comma_.count == 0;
}

const std::string& DecimalEvidence::witness() const {
    return comma_.count > point_.count ? comma_.text : point_.count > 0 ? point_.text : both_.text;
}

std::uint64_t DecimalEvidence::witness_line() const {
    return comma_.count > point_.count ? comma_.line : point_.count > 0 ? point_.line : both_.line;
}

} // namespace recon::formats
