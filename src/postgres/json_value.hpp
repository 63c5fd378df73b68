// A jsonb value, read by the names of its members.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "postgres/guard.hpp"

namespace recon::postgres {

// Lives as long as the datum it was made of, and as the memory context that was current then. A
// request for what is not there is an error that names the place (XX000): values are written by the
// extension itself.
class JsonValue {
  public:
    // Who wrote it: what is wrong with a caller's value is the caller's to mend (22023).
    enum class Origin : std::uint8_t { extension, caller };

    // `what` is what errors call it: "the plan of a run".
    JsonValue(Datum jsonb, std::string what, Origin origin = Origin::extension);

    // A member of an object. Nothing where there is none, or null.
    [[nodiscard]] std::optional<JsonValue> find(const char* name) const;
    // The same of one that must be there.
    [[nodiscard]] JsonValue at(const char* name) const;
    // All members of an object, and all elements of an array.
    [[nodiscard]] std::vector<std::pair<std::string, JsonValue>> members() const;
    [[nodiscard]] std::vector<JsonValue> elements() const;

    [[nodiscard]] bool boolean() const;
    [[nodiscard]] double number() const;
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] std::string text() const;
    // Of texts as jsonb has them: a date as days since 2000-01-01, a moment as microseconds.
    [[nodiscard]] std::int32_t date() const;
    [[nodiscard]] std::int64_t moment() const;

    // An object or array as JSON text.
    [[nodiscard]] std::string json() const;

  private:
    JsonValue(const JsonbValue& value, std::string what, Origin origin)
        : value_(value), what_(std::move(what)), origin_(origin) {}

    [[nodiscard]] JsonbContainer* container(bool is_object) const;
    [[noreturn]] void refuse(const char* wanted) const;

    JsonbValue value_{};
    std::string what_;
    Origin origin_ = Origin::extension;
};

// What at() and find() give, converted.
template <typename Convert>
[[nodiscard]] auto find_as(const JsonValue& object, const char* name, Convert convert)
    -> std::optional<decltype((object.*convert)())> {
    const auto member = object.find(name);
    if (!member) return std::nullopt;
    return ((*member).*convert)();
}

} // namespace recon::postgres
