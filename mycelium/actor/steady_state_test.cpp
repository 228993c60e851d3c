// Counts every allocation of this test program: in the steady state a message must cost none.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

// Not inlined: the compiler would take the pairs of new and free for a mistake.
[[gnu::noinline]] void* allocate(std::size_t bytes, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const std::size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(bytes)
                                                        : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return allocate(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace mycelium {
namespace {

struct Ball {
  std::uint64_t bounces;
};
MYCELIUM_MESSAGE(Ball, 171, "test.ball", bounces)
struct Serve {
  RefTo<Ball> to;
  std::uint64_t balls;
};
MYCELIUM_MESSAGE(Serve, 172, "test.serve", to, balls)

// Sends every ball back and, by a topic and a timer, something to itself.
class Player {
 public:
  using Handles = Messages<Ball, Serve>;
  explicit Player(Publisher<Ball> news) : news_{news} {}
  void handle(const Serve& serve) {
    partner_ = serve.to;
    for (std::uint64_t ball = 0; ball < serve.balls; ++ball)
      EXPECT_EQ(partner_.try_send(Ball{0}), SendResult::ok);
  }
  void handle(const Ball& ball, Context& context) {
    ++handled_;
    if (ball.bounces == kOwn) return;
    static_cast<void>(partner_.try_send(Ball{ball.bounces + 1}));  // At the end it is closed.
    published_ += news_.publish(Ball{kOwn}).delivered;  // As far as the listener has room.
    if (ball.bounces % 16 == 0) context.after(std::chrono::nanoseconds{5}, Ball{kOwn});
  }
  static constexpr std::uint64_t kOwn = ~std::uint64_t{0};
  static inline std::uint64_t handled_ = 0;
  static inline std::uint64_t published_ = 0;

 private:
  Publisher<Ball> news_;
  RefTo<Ball> partner_;
};

class Listener {
 public:
  using Handles = Messages<Ball>;
  void on_start(Context& context) { context.subscribe<Ball>("news"); }
  void handle(const Ball&) {}
};

// Lets two players on these workers play, and counts allocations after the first exchanges.
std::uint64_t allocations_in_steady_state(std::uint16_t left_worker, std::uint16_t right_worker) {
  ManualClock clock;
  System system{{.workers = 2, .clock = &clock, .drive = Drive::manual}};
  const auto player = [](Context& context) { return Player{context.publisher<Ball>("news")}; };
  const auto left = system.spawn("left", player, {.worker = left_worker});
  const auto right = system.spawn("right", player, {.worker = right_worker});
  system.spawn("listener", [](Context&) { return Listener{}; }, {.worker = 1});
  EXPECT_EQ(left.try_send(Serve{right, 10}), SendResult::ok);
  EXPECT_EQ(right.try_send(Serve{left, 10}), SendResult::ok);
  const auto play = [&](int steps) {
    for (int step = 0; step < steps; ++step) {
      system.step();
      clock.advance(std::chrono::nanoseconds{1});
    }
  };
  play(300);
  const std::uint64_t handled_before = Player::handled_;
  const std::uint64_t published_before = Player::published_;
  const std::uint64_t before = allocations.load();
  play(1000);
  const std::uint64_t after = allocations.load();
  EXPECT_GT(Player::handled_ - handled_before, 15'000U);
  EXPECT_GT(Player::published_ - published_before, 10'000U);
  return after - before;
}

TEST(SteadyState, AMessageCostsNoAllocationOnOneWorker) {
  EXPECT_EQ(allocations_in_steady_state(0, 0), 0U);
}

TEST(SteadyState, AMessageCostsNoAllocationAcrossWorkers) {
  EXPECT_EQ(allocations_in_steady_state(0, 1), 0U);
}

// Promises: D4
TEST(SteadyState, ARefusedMessageCostsNoAllocation) {
  System system{{.drive = Drive::manual}};
  const auto left = system.spawn(
      "left", [](Context& context) { return Player{context.publisher<Ball>("news")}; });
  while (left.try_send(Ball{Player::kOwn}) == SendResult::ok) {
  }
  const std::uint64_t before = allocations.load();
  for (int offer = 0; offer < 1000; ++offer) EXPECT_EQ(left.try_send(Ball{0}), SendResult::full);
  const std::uint64_t after = allocations.load();
  EXPECT_EQ(after - before, 0U);
}

}  // namespace
}  // namespace mycelium
