#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "mycelium/base/result.hpp"

namespace providers {

/// A child process of this one, and the pipe to which its standard output goes. It inherits nothing
/// else but the standard input and the standard error. Thread-safety: one thread. The destructor
/// kills it and waits for it; it also dies with its parent, however that ends.
class ChildProcess {
 public:
  /// The program of this process itself.
  static constexpr const char* kOwnProgram = "/proc/self/exe";

  /// `arguments` come behind the program's name. Status 127: it could not be executed. Errors:
  /// `no_process`.
  [[nodiscard]] static mycelium::Result<ChildProcess> start(
      const std::vector<std::string>& arguments, const char* program = kOwnProgram);

  ChildProcess(ChildProcess&& other) noexcept
      : pid_{std::exchange(other.pid_, -1)}, output_{std::exchange(other.output_, -1)} {}
  ChildProcess& operator=(ChildProcess&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(output_, other.output_);
    return *this;
  }
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// The end of the pipe to read from; at its end when the child has ended.
  [[nodiscard]] int output() const noexcept { return output_; }
  /// Waits until it has ended: its exit status, or 128 and the signal that ended it. Once.
  int wait();

 private:
  ChildProcess(pid_t pid, int output) noexcept : pid_{pid}, output_{output} {}

  pid_t pid_;
  int output_;
};

}  // namespace providers
