// JSON text, written member by member.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon {

// Objects and arrays are written in order; commas are put by what was written before.
class JsonWriter {
  public:
    JsonWriter& open(char bracket) {
        separate();
        text_ += bracket;
        first_ = true;
        return *this;
    }
    JsonWriter& close(char bracket) {
        text_ += bracket;
        first_ = false;
        return *this;
    }
    JsonWriter& name(std::string_view name) {
        separate();
        quote(name);
        text_ += ':';
        first_ = true; // its value follows without a comma
        return *this;
    }
    void value(std::string_view text) {
        separate();
        quote(text);
    }
    void value(const char* text) { value(std::string_view(text)); }
    // JSON knows no NaN and no infinity: null.
    void value(double number) {
        if (!std::isfinite(number)) return null();
        char shortest[32];
        const auto end = std::to_chars(shortest, shortest + sizeof(shortest), number).ptr;
        literal({shortest, static_cast<std::size_t>(end - shortest)});
    }
    void value(std::size_t number) { literal(std::to_string(number)); }
    void value(bool is) { literal(is ? "true" : "false"); }
    void null() { literal("null"); }

    template <class T>
    void member(std::string_view key, const T& of) {
        name(key);
        value(of);
    }
    // Empty means: none.
    void optional_member(std::string_view key, const std::string& text) {
        name(key);
        if (text.empty()) {
            null();
        } else {
            value(text);
        }
    }
    template <class T>
    void member(std::string_view key, const std::optional<T>& of) {
        name(key);
        if (of) {
            value(*of);
        } else {
            null();
        }
    }
    template <class T>
    void member(std::string_view key, const std::vector<T>& values) {
        name(key).open('[');
        for (const auto& each : values) {
            value(each);
        }
        close(']');
    }

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void separate() {
        if (!first_) text_ += ',';
        first_ = false;
    }
    void literal(std::string_view text) {
        separate();
        text_ += text;
    }
    void quote(std::string_view text) {
        constexpr std::string_view digits = "0123456789abcdef";
        text_ += '"';
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text_ += '\\';
                text_ += c;
            } else if (byte == 0) {
                text_ += ' '; // no text of the server holds it
            } else if (byte < 0x20) {
                text_ += "\\u00";
                text_ += digits[byte >> 4];
                text_ += digits[byte & 15U];
            } else {
                text_ += c;
            }
        }
        text_ += '"';
    }

    std::string text_;
    bool first_ = true;
};

} // namespace recon
