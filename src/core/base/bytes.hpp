// Reading and writing of serialized values. Every byte that is read is hostile (a value may arrive
// by COPY BINARY or from a dump), so each read checks its bounds and each count is checked against
// the bytes that are left before anything is allocated for it.
// Layout: native little-endian scalars, no alignment, counts as uint32.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/error.hpp"

namespace recon {

static_assert(std::endian::native == std::endian::little,
              "serialized values are little-endian; add byte swaps before porting");

class ByteWriter {
  public:
    template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
    void put(T value) {
        const auto at = bytes_.size();
        bytes_.resize(at + sizeof(T));
        std::memcpy(bytes_.data() + at, &value, sizeof(T));
    }

    void put_string(std::string_view text) {
        put(static_cast<std::uint32_t>(text.size()));
        put_raw(text.data(), text.size());
    }

    template <typename T>
    requires std::is_arithmetic_v<T>
    void put_array(std::span<const T> values) {
        put(static_cast<std::uint32_t>(values.size()));
        put_raw(values.data(), values.size_bytes());
    }

    void put_raw(const void* data, std::size_t size) {
        if (size == 0) return;
        const auto at = bytes_.size();
        bytes_.resize(at + size);
        std::memcpy(bytes_.data() + at, data, size);
    }

    void reserve(std::size_t size) { bytes_.reserve(size); }
    [[nodiscard]] const std::vector<std::byte>& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

class ByteReader {
  public:
    // `what` names the value in error messages, for instance "recon_model".
    ByteReader(std::span<const std::byte> bytes, std::string_view what)
        : bytes_(bytes), what_(what) {}

    template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T> T get() {
        need(sizeof(T));
        if constexpr (std::is_same_v<T, bool>) {
            const auto raw = std::to_integer<unsigned>(bytes_[at_++]);
            if (raw > 1) refuse("a truth value is neither 0 nor 1");
            return raw == 1;
        } else {
            T value;
            std::memcpy(&value, bytes_.data() + at_, sizeof(T));
            at_ += sizeof(T);
            return value;
        }
    }

    // The next byte, which stays the next.
    [[nodiscard]] std::byte peek() const {
        need(1);
        return bytes_[at_];
    }

    // A count of elements that take at least `element_size` bytes each.
    std::uint32_t get_count(std::size_t element_size) {
        const auto count = get<std::uint32_t>();
        if (element_size != 0 && count > remaining() / element_size) {
            refuse("a count of " + std::to_string(count) + " exceeds the bytes that are left");
        }
        return count;
    }

    std::string get_string() {
        const auto size = get_count(1);
        std::string text(size, '\0');
        get_raw(text.data(), size);
        return text;
    }

    template <typename T>
    requires std::is_arithmetic_v<T> std::vector<T> get_array() {
        const auto count = get_count(sizeof(T));
        std::vector<T> values(count);
        get_raw(values.data(), values.size() * sizeof(T));
        return values;
    }

    // The next bytes where they are, as long as the value lives.
    std::span<const std::byte> get_span(std::size_t size) {
        need(size);
        const auto span = bytes_.subspan(at_, size);
        at_ += size;
        return span;
    }

    void get_raw(void* into, std::size_t size) {
        need(size);
        if (size != 0) std::memcpy(into, bytes_.data() + at_, size);
        at_ += size;
    }

    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size() - at_; }

    void expect_end() const {
        if (remaining() != 0) refuse(std::to_string(remaining()) + " bytes follow its end");
    }

    // Refuses the value; callers use it for ranges that only they know.
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(ErrorKind::invalid_data, "invalid serialized value of type " + what_,
                    "At byte " + std::to_string(at_) + ": " + why + ".");
    }

  private:
    void need(std::size_t size) const {
        if (size > remaining()) refuse("the value ends too early");
    }

    std::span<const std::byte> bytes_;
    std::string what_;
    std::size_t at_ = 0;
};

} // namespace recon
