#include "postgres/interrupts.hpp"

#include "core/base/interrupt.hpp"
#include "postgres/guard.hpp"
#include "postgres/progress_reporter.hpp"

namespace recon::postgres {

namespace {
void poll_server() {
    // The flag first: a guard costs a sigsetjmp, and this runs in inner loops.
    if (InterruptPending) guarded([] { CHECK_FOR_INTERRUPTS(); });
    ProgressReporter::poll();
}
} // namespace

void install_interrupt_hook() {
    interrupt_hook = poll_server;
}

} // namespace recon::postgres
