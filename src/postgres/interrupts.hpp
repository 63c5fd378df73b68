// Cancels and timeouts inside long computations of the core.
#pragma once

namespace recon::postgres {

// Makes recon::poll_interrupt() look at the server's interrupt flag; on a cancel or timeout it
// throws ServerError (57014). It also lets a ProgressReporter speak. Called once, when the library
// is loaded.
void install_interrupt_hook();

} // namespace recon::postgres
