#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace mycelium {
namespace {

struct Hop {
  std::uint64_t value;
};
MYCELIUM_MESSAGE(Hop, 181, "test.hop", value)

// Who handled what, when, after how many restarts.
using Trace = std::vector<std::tuple<std::string, std::uint64_t, std::int64_t, std::uint64_t>>;

// Sends itself and others on at random, publishes, waits and fails at random.
class Wanderer {
 public:
  using Handles = Messages<Hop>;
  Wanderer(Trace& trace, Publisher<Hop> all) : trace_{&trace}, all_{all} {}
  void on_start(Context& context) {
    context.subscribe<Hop>("all", {Overflow::drop_newest});
    context.after(std::chrono::nanoseconds{context.random().below(100)},
                  Hop{context.random().below(100)});
  }
  void handle(const Hop& hop, Context& context) {
    trace_->emplace_back(context.name(), hop.value, context.now().time_since_epoch().count(),
                         context.restarts());
    Random& random = context.random();
    if (random.below(50) == 0) throw std::runtime_error{"a random failure"};
    if (random.below(20) == 0) static_cast<void>(all_.publish(Hop{random.below(100)}));
    context.after(std::chrono::nanoseconds{random.below(100)}, Hop{random.below(100)});
  }

 private:
  Trace* trace_;
  Publisher<Hop> all_;
};

Trace run(std::uint64_t seed) {
  Trace trace;
  testing::TestSystem system{{.workers = 3, .seed = seed}};
  for (int actor = 0; actor < 7; ++actor) {
    system.spawn("wanderer" + std::to_string(actor),
                 [&](Context& context) { return Wanderer{trace, context.publisher<Hop>("all")}; },
                 {.mailbox = {.capacity = 8}, .restart = {.max_restarts = 10'000}});
  }
  for (int count = 0; count < 400; ++count) system.advance(std::chrono::nanoseconds{7});
  return trace;
}

// Promises: T2, T4
TEST(Determinism, TheSameSeedAndStepsGiveTheSameTrace) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Trace first = run(seed);
    EXPECT_GT(first.size(), 300U);
    EXPECT_EQ(first, run(seed)) << "seed " << seed;
  }
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace mycelium
