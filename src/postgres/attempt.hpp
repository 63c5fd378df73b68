// Work whose failure must not be its caller's.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

struct Failure {
    int sqlstate = 0;
    std::string message;
    std::string detail;
    std::string hint;
};

// Runs `work` in a subtransaction; where it fails, everything it did is taken back and what it
// failed with is the answer. A cancel, and the end of the session, are for the caller all the same.
[[nodiscard]] std::optional<Failure> attempt(const std::function<void()>& work);

} // namespace recon::postgres
