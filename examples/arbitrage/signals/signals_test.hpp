#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "arbitrage/messages.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/base/clock.hpp"
#include "mycelium/testing/capture.hpp"

// For tests of this folder: messages made and read, what was published, time by hand.
namespace arbitrage::testing {

/// What has been published since the last call.
template <mycelium::Message M>
[[nodiscard]] std::vector<M> take(mycelium::testing::Capture<M>& capture) {
  std::vector<M> messages = capture.messages();
  capture.clear();
  return messages;
}

/// A clock that stands still until it is told otherwise.
class StoppedClock final : public mycelium::Clock {
 public:
  void advance(std::chrono::nanoseconds by) { ns_ += by.count(); }
  [[nodiscard]] mycelium::Instant monotonic() const noexcept override {
    return mycelium::Instant{std::chrono::nanoseconds{ns_.load()}};
  }
  [[nodiscard]] mycelium::Timestamp wall() const noexcept override {
    return mycelium::Timestamp{std::chrono::nanoseconds{ns_.load()}};
  }

 private:
  std::atomic<std::int64_t> ns_{1'000'000};
};

/// A system that its test steps by hand.
[[nodiscard]] inline mycelium::SystemOptions manual_drive(const mycelium::Clock* clock = nullptr) {
  mycelium::SystemOptions options;
  options.clock = clock;
  options.drive = mycelium::Drive::manual;
  return options;
}

/// Steps until nothing is left to do at this time.
inline void run(mycelium::System& system) {
  while (system.step() > 0) {
  }
}

/// Every field, for comparing and for failure messages.
[[nodiscard]] inline std::string describe(const EventTime& at) {
  return fmt::format("{}/{}/{}", at.time_ns, at.source, at.sequence);
}
[[nodiscard]] inline std::string describe(const Level& level) {
  return fmt::format("{}x{}", format_decimal(level.price), format_decimal(level.quantity));
}
[[nodiscard]] inline std::string describe(const Signal& signal) {
  return fmt::format(
      "{} read {} kind {} pair {} ({},{}) basis {} in {}..{} first {} {} second {} {}",
      describe(signal.at), signal.read_ns, static_cast<int>(signal.kind), signal.pair, signal.first,
      signal.second, signal.basis, signal.band_low, signal.band_high, describe(signal.first_bid),
      describe(signal.first_ask), describe(signal.second_bid), describe(signal.second_ask));
}
[[nodiscard]] inline std::vector<std::string> describe(const std::vector<Signal>& signals) {
  std::vector<std::string> texts;
  for (const Signal& signal : signals) texts.push_back(describe(signal));
  return texts;
}

/// Whole units as a Decimal.
[[nodiscard]] constexpr Decimal units(std::int64_t count) { return count * kDecimalScale; }

/// A level with one unit of quantity.
[[nodiscard]] constexpr Level at_price(Decimal price) { return Level{price, kDecimalScale}; }

/// A folder for one test, removed with everything in it.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& name)
      : path_{std::filesystem::temp_directory_path() /
              fmt::format("arbitrage_{}_{}", name, ::getpid())} {
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

[[nodiscard]] inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace arbitrage::testing
