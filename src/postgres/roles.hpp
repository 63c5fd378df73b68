// The role that asks, and the role that a piece of work runs as.
//
// Three identities take part in a call: the caller, the owner of the extension (who alone may write
// the tables of schema recon), and the owner of a reconciliation (as whom its stored SQL and every
// read of its source run, in a security-restricted operation, as REFRESH MATERIALIZED VIEW does).
#pragma once

#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

// Runs what follows as another role, under fixed settings (search_path among them), until finish()
// or the end of the scope. The destructor only restores the role; settings and everything else are
// the transaction's to clean up on an error.
class RoleScope {
  public:
    enum class Mode {
        trusted,    // the extension's own code
        restricted, // stored SQL: no role changes, no temporary objects
    };

    RoleScope(Oid role, Mode mode);
    ~RoleScope();
    RoleScope(const RoleScope&) = delete;
    RoleScope& operator=(const RoleScope&) = delete;

    void finish();

  private:
    Oid previous_role_ = InvalidOid;
    int previous_context_ = 0;
    int guc_level_ = 0;
    bool active_ = true;
};

// The role and search_path of the innermost privileged call; outside one, of the current user.
struct Caller {
    Oid role;
    std::string search_path;
};
[[nodiscard]] Caller caller();

// Remembers the current user as the caller while the extension's owner works for it; or another
// role, on whose behalf a queued run is carried out: names then mean what pg_catalog says.
class CallerScope {
  public:
    CallerScope();
    explicit CallerScope(Oid role);
    ~CallerScope();
    CallerScope(const CallerScope&) = delete;
    CallerScope& operator=(const CallerScope&) = delete;

  private:
    const Caller* previous_;
    Caller caller_;
};

// The owner of the extension, found by the ownership of schema recon.
[[nodiscard]] Oid extension_owner();

// The oid of a role that must exist.
[[nodiscard]] Oid role_named(const std::string& name);

} // namespace recon::postgres
