// The options of one fit, by name, as a user writes them. The reader of an option states its range;
// an error names the option, shows the value and says what is allowed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/bytes.hpp"

namespace recon::models {

class FitOptions {
  public:
    using Value = std::variant<bool, double, std::string>;

    void set(const std::string& name, Value value) {
        values_.insert_or_assign(name, std::move(value));
    }

    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }

    // The value of an option, `otherwise` where it was not given. Throws invalid_parameter for a
    // value of another kind or out of range.
    [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t otherwise,
                                       std::int64_t least, std::int64_t most);
    [[nodiscard]] double number(const std::string& name, double otherwise, double least,
                                double most);
    [[nodiscard]] bool truth(const std::string& name, bool otherwise);
    [[nodiscard]] std::string choice(const std::string& name, const std::string& otherwise,
                                     std::initializer_list<std::string_view> allowed);

    // Throws invalid_parameter where an option was given that nobody read.
    void expect_all_read() const;

    // The same options with the same values.
    [[nodiscard]] bool operator==(const FitOptions& other) const {
        return values_ == other.values_;
    }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static FitOptions deserialize(ByteReader& reader);

  private:
    [[nodiscard]] const Value* find(const std::string& name);

    std::map<std::string, Value> values_;
    std::set<std::string> read_;
};

} // namespace recon::models
