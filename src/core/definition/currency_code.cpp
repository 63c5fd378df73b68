#include "core/definition/currency_code.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace recon::definition {
namespace {

constexpr std::array<std::string_view, 182> codes = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHF", "CLF", "CLP", "CNH", "CNY", "COP", "CRC", "CUC", "CUP", "CVE", "CZK", "DEM",
    "DJF", "DKK", "DOP", "DZD", "EEK", "EGP", "ERN", "ESP", "ETB", "EUR", "FJD", "FKP", "FRF",
    "GBP", "GBX", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG",
    "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "ITL", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LTL",
    "LVL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK",
    "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NLG", "NOK", "NPR", "NZD", "OMR", "PAB",
    "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD",
    "SCR", "SDG", "SEK", "SGD", "SHP", "SKK", "SLE", "SLL", "SOS", "SRD", "SSP", "STN", "SVC",
    "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX",
    "USD", "USN", "UYI", "UYU", "UZS", "VED", "VEF", "VES", "VND", "VUV", "WST", "XAF", "XAG",
    "XAU", "XCD", "XDR", "XOF", "XPD", "XPF", "XPT", "XXX", "YER", "ZAR", "ZMW", "ZWG", "ZWL"};

constexpr std::array<std::string_view, 20> majors = {
    "AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "INR",
    "JPY", "KRW", "MXN", "NOK", "NZD", "SEK", "SGD", "TRY", "USD", "ZAR"};

// Empty where the text is no three ASCII letters.
std::array<char, 3> upper_case(std::string_view text) {
    std::array<char, 3> code{};
    if (text.size() != code.size()) return {};
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = text[i];
        code[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        if (code[i] < 'A' || code[i] > 'Z') return {};
    }
    return code;
}

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view text) {
    const auto code = upper_case(text);
    return code[0] != '\0' && std::find(list.begin(), list.end(),
                                        std::string_view(code.data(), code.size())) != list.end();
}

} // namespace

bool is_currency_code(std::string_view text) {
    return contains(codes, text);
}
bool is_major_currency(std::string_view text) {
    return contains(majors, text);
}

} // namespace recon::definition
