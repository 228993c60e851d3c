#include "mycelium/node/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "mycelium/actor/system.hpp"
#include "mycelium/node/app.hpp"

namespace mycelium {
namespace {

std::atomic<System*> signalled_system{nullptr};
std::atomic<int> signal_count{0};

// Async-signal-safe: atomics, futex and _exit only.
void on_signal(int) {
  System* const system = signalled_system.load(std::memory_order_acquire);
  if (system == nullptr) return;
  if (signal_count.fetch_add(1) > 0) _exit(static_cast<int>(ExitCode::forced));
  system->request_stop();
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

SignalGuard::SignalGuard(System& system) {
  signal_count.store(0);
  signalled_system.store(&system, std::memory_order_release);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGPIPE, SIG_IGN);
}

SignalGuard::~SignalGuard() {
  handle(SIGINT, SIG_DFL);
  handle(SIGTERM, SIG_DFL);
  signalled_system.store(nullptr, std::memory_order_release);
}

}  // namespace mycelium
