// Errors the core can raise. The border (src/postgres/boundary.hpp) turns each kind into one
// SQLSTATE and carries detail and hint over, so a message written here reaches the user unchanged:
// lower case, no full stop; detail and hint are sentences.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "core/base/firewall.hpp"

namespace recon {

enum class ErrorKind {
    invalid_parameter, // 22023: an argument or option is out of its range
    invalid_data,      // 22P03: bytes or text that cannot be what they claim to be
    limit_exceeded,    // 54000: a bound on size or memory would be passed
    not_available,     // 55000: the object is not in a state that allows this
    not_found,         // 42704: the object does not exist, perhaps not any more
    busy,              // 55P03: another session is at it; try again later
    internal,          // XX000: a broken invariant; always a defect
};

class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& message, std::string detail = {},
          std::string hint = {})
        : std::runtime_error(message), kind_(kind), detail_(std::move(detail)),
          hint_(std::move(hint)) {}

    [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  private:
    ErrorKind kind_;
    std::string detail_;
    std::string hint_;
};

} // namespace recon
