#pragma once

namespace providers {

/// The first SIGINT or SIGTERM makes `is_raised` true and the descriptor readable; the second ends
/// the process at once, with status 3. SIGPIPE is ignored. One at a time in a process.
/// Thread-safety: `is_raised` from any thread.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  [[nodiscard]] bool is_raised() const noexcept;
  /// Readable once a signal has come: for `poll`.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace providers
