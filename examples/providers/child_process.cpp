#include "providers/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace providers {
namespace {

constexpr int kExecFailed = 127;
// Where the kernel cannot close all descriptors in one call.
constexpr int kDescriptorsMax = 4096;

// The child's way to its program. Between fork and exec only async-signal-safe calls are allowed,
// since the parent has other threads.
[[noreturn]] void become_program(const char* program, char* const* argv, int output, pid_t parent) {
  ::dup2(output, STDOUT_FILENO);
  // Sockets of the parent that the child kept would stay open when the parent closes them.
  if (::close_range(STDERR_FILENO + 1, ~0U, 0) != 0) {
    for (int descriptor = STDERR_FILENO + 1; descriptor < kDescriptorsMax; ++descriptor)
      ::close(descriptor);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() == parent) ::execv(program, argv);
  ::_exit(kExecFailed);
}

}  // namespace

mycelium::Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                                   const char* program) {
  const auto refuse = [](const char* what) {
    return mycelium::fail("no_process", fmt::format("cannot start a child process: {}: {}", what,
                                                    std::generic_category().message(errno)));
  };
  std::string name = program;
  std::vector<std::string> copies{arguments};
  std::vector<char*> argv{name.data()};
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return refuse("pipe");
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become_program(program, argv.data(), ends[1], parent);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return refuse("fork");
  }
  return ChildProcess{pid, ends[0]};
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
  if (output_ >= 0) ::close(output_);
}

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace providers
