// What a worker does while something waits there for room in a lane.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {
namespace {

struct Filler {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Filler, 841, "test.filler", number)

// Tells how often it has been read, by a worker with a timer at every step, and moves no further.
class SteppingClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override {
    readings_.fetch_add(1);
    return Instant{};
  }
  [[nodiscard]] Timestamp wall() const noexcept override { return {}; }
  [[nodiscard]] std::uint64_t readings() const noexcept { return readings_.load(); }

 private:
  mutable std::atomic<std::uint64_t> readings_{0};
};

constexpr CellOperations kCounting{
    [](Cell&, FrameHeader& frame) { destroy_payload(frame, nullptr); },
    [](Cell&, std::uint32_t) { return std::uint32_t{0}; },
    [](Cell& cell, Envelope* envelope) { cell.worker->envelopes().release(envelope); },
    [](Cell& cell, std::uint64_t, Envelope* envelope) {
      cell.worker->envelopes().release(envelope);
    }};

TEST(OverflowWait, AWorkerLooksForRoomInALaneWithoutABarrierEachTime) {
  // Given a sleeping worker with a message for which the lane has no room
  SteppingClock clock;
  WorkerGroup group{
      2, {.idle = Idle::sleep, .lane_bytes = 32 * 1024}, clock, /*cell_slots=*/2, sizeof(Cell)};
  Cell& cell = *std::construct_at(static_cast<Cell*>(group.cells().at(1)));
  cell.worker = &group.worker(1);
  cell.operations = &kCounting;
  Worker& worker = group.worker(0);
  const std::uint64_t destination = ActorId{1, 1}.value();
  while (!worker.overflow_waits()) {
    worker.pass_on(cell, destination, FrameFlags::none,
                   worker.envelopes().make_with(Metadata{}, Filler{1}));
  }
  worker.arm_timer(Instant{std::chrono::hours{1}}, cell, worker.envelopes().make(Filler{2}));
  // When it has looked many times
  const std::uint64_t before = Parker::barriers();
  {
    const std::jthread running{[&] { worker.run(); }};
    while (clock.readings() < 1000) rest_for(std::chrono::microseconds{50});
    worker.request_stop();
  }
  EXPECT_TRUE(worker.overflow_waits());
  // Then it has disturbed nobody, and passes the message on when there is room
  EXPECT_EQ(Parker::barriers(), before);
  while (group.worker(1).step() > 0) {
  }
  worker.step();
  EXPECT_FALSE(worker.overflow_waits());
  EXPECT_EQ(group.worker(1).step(), 1U);
  worker.discard_undelivered();
  std::destroy_at(&cell);
}

}  // namespace
}  // namespace mycelium
