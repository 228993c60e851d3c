#include "providers/stop_signal.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>

#include "mycelium/node/app.hpp"

namespace providers {
namespace {

std::atomic<int> signal_count{0};
std::atomic<int> signal_descriptor{-1};

// Async-signal-safe: atomics, write and _exit only.
void on_signal(int) {
  if (signal_count.fetch_add(1) > 0) _exit(static_cast<int>(mycelium::ExitCode::forced));
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(signal_descriptor.load(), &one, sizeof(one));
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  signal_count.store(0);
  signal_descriptor.store(descriptor_);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGPIPE, SIG_IGN);
}

StopSignal::~StopSignal() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
  signal_descriptor.store(-1);
  ::close(descriptor_);
}

bool StopSignal::is_raised() const noexcept { return signal_count.load() > 0; }

}  // namespace providers
