#pragma once

namespace mycelium {

class System;

/// Turns the first SIGINT or SIGTERM into `System::request_stop`, and the second into an immediate
/// exit with code 3.
///
/// SIGPIPE is ignored: a reader that goes away is an error of that write. One at a time in a
/// process.
class SignalGuard {
 public:
  explicit SignalGuard(System& system);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
};

}  // namespace mycelium
