#include "mycelium/testing/detail/running_seed.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <string_view>
#include <utility>

#include "mycelium/testing/seeds.hpp"

// Of the sanitizers' runtimes; null in a build without one.
// NOLINTNEXTLINE: the name is theirs.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace mycelium::testing::detail {
namespace {

// What ends a process by itself: abort and terminate, bad memory, bad instructions.
constexpr std::array kFatal{SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};

thread_local const RunningSeed* running = nullptr;
std::array<struct sigaction, kFatal.size()> former{};

// One line, made and written without the heap and without a lock: any of them may be what broke.
class Line {
 public:
  Line& operator<<(std::string_view text) noexcept {
    length_ += text.copy(text_.data() + length_, text_.size() - length_);
    return *this;
  }
  Line& operator<<(std::uint64_t number) noexcept {
    const auto [end, error] =
        std::to_chars(text_.data() + length_, text_.data() + text_.size(), number);
    if (error == std::errc{}) length_ = static_cast<std::size_t>(end - text_.data());
    return *this;
  }
  void write_to_standard_error() const noexcept {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), length_);
  }

 private:
  std::array<char, 160> text_{};
  std::size_t length_ = 0;
};

}  // namespace

void say_running_seed() noexcept {
  const RunningSeed* const seed = std::exchange(running, nullptr);  // Once, whoever asks again.
  if (seed == nullptr) return;
  Line line;
  line << "seed " << seed->seed_ << " was running. " << kSeedVariable << "=" << seed->seed_
       << " runs this seed alone\n";
  line.write_to_standard_error();
}

namespace {

void on_fatal(int signal, siginfo_t* info, void*) {
  say_running_seed();
  for (std::size_t index = 0; index < kFatal.size(); ++index)
    if (kFatal[index] == signal) sigaction(signal, &former[index], nullptr);
  // A fault comes again by itself, at its own place, when this returns; what was sent does not.
  if (info->si_code <= 0) raise(signal);
}

bool install() noexcept {
  struct sigaction action{};
  action.sa_sigaction = on_fatal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t index = 0; index < kFatal.size(); ++index)
    sigaction(kFatal[index], &action, &former[index]);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(say_running_seed);
  return true;
}

}  // namespace

RunningSeed::RunningSeed(std::uint64_t seed) noexcept : seed_{seed}, outer_{running} {
  [[maybe_unused]] static const bool installed = install();
  running = this;
}

RunningSeed::~RunningSeed() { running = outer_; }

}  // namespace mycelium::testing::detail

// The sanitizer for undefined behaviour has a runtime of its own, whose death the callback above
// does not hear of; it calls this with each report. Weak: a program may have its own.
// NOLINTNEXTLINE: the name is the sanitizer's.
extern "C" __attribute__((weak)) void __ubsan_on_report() {
  mycelium::testing::detail::say_running_seed();
}
