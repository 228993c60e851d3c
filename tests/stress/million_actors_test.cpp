#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kActors = 20'000;
constexpr bool kMeasured = false;
#else
constexpr std::uint32_t kActors = 1'000'000;
constexpr bool kMeasured = true;
#endif

struct Greeting {
  std::uint32_t number;
};
MYCELIUM_MESSAGE(Greeting, 490, "test.million.greeting", number)

class Citizen {
 public:
  using Handles = Messages<Greeting>;
  Citizen(std::atomic<std::uint64_t>& sum, std::atomic<std::uint32_t>& ended) noexcept
      : sum_{sum}, ended_{ended} {}
  void handle(const Greeting& greeting) {
    sum_.fetch_add(greeting.number, std::memory_order_relaxed);
  }
  void on_stop(Context&) { ended_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t>& sum_;
  std::atomic<std::uint32_t>& ended_;
};

double gigabytes_at_most() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e9;
}

// Promises: D2, X1
TEST(MillionActors, StartHandleOneMessageEachAndStop) {
  std::atomic<std::uint64_t> sum{0};
  std::atomic<std::uint32_t> ended{0};
  System system{{.workers = 2, .actors_max = kActors}};
  std::vector<RefTo<Greeting>> refs;
  refs.reserve(kActors);
  for (std::uint32_t number = 0; number < kActors; ++number)
    refs.push_back(system.spawn([&](Context&) { return Citizen{sum, ended}; }));
  for (std::uint32_t number = 0; number < kActors; ++number) {
    ASSERT_EQ(refs[number].send_blocking(Greeting{number}, std::chrono::seconds{30}),
              SendResult::ok);
  }
  EXPECT_EQ(system.actors().size(), kActors);
  for (const auto& ref : refs) system.stop(ref);
  for (const auto& ref : refs) EXPECT_TRUE(system.await_stopped(ref, std::chrono::seconds{30}));
  EXPECT_EQ(sum, std::uint64_t{kActors} * (kActors - 1) / 2);
  EXPECT_EQ(ended, kActors);
  EXPECT_TRUE(system.actors().empty());
  if (kMeasured) {
    fmt::print("{} actors took {:.2f} GB at most\n", kActors, gigabytes_at_most());
    EXPECT_LT(gigabytes_at_most(), 1.5);
  } else {
    fmt::print("{} actors instead of a million, and memory is not measured: a sanitizer watches\n",
               kActors);
  }
}

}  // namespace
}  // namespace mycelium
