// How a long computation lets itself be cancelled. Core code calls poll_interrupt() at least every
// few milliseconds of work; without a server it costs one load and does nothing. The border
// installs a hook that throws when the user cancelled or a timeout passed. The hook is a thread's
// own: the server's is of no use to a thread that the server does not know (thread_team.hpp).
#pragma once

#include "core/base/firewall.hpp"

namespace recon {

using InterruptHook = void (*)();

inline thread_local InterruptHook interrupt_hook = nullptr;

inline void poll_interrupt() {
    if (interrupt_hook != nullptr) interrupt_hook();
}

} // namespace recon
