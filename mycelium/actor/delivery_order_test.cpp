#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Numbered {
  std::uint32_t sender;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Numbered, 101, "test.numbered", sender, number)

struct SendOn {
  std::uint64_t next;
};
MYCELIUM_MESSAGE(SendOn, 102, "test.send_on", next)

struct Bulky {
  std::uint64_t number;
  std::array<std::byte, 5000> bytes;  // More than a lane carries inline.
};
MYCELIUM_MESSAGE(Bulky, 103, "test.bulky", number, bytes)

// What the receiver saw, looked at when all has come: `arrived` hands the rest over.
struct Log {
  explicit Log(std::uint32_t senders) : next(senders, 0) {}
  std::vector<std::uint64_t> next;
  std::uint64_t disorder = 0;
  std::atomic<std::uint64_t> arrived{0};
  std::latch complete{1};
};

// Checks each sender's count.
class Receiver {
 public:
  using Handles = Messages<Numbered>;
  Receiver(Log& log, std::uint64_t expected) : log_{log}, expected_{expected} {}
  void handle(const Numbered& message) {
    if (log_.next.at(message.sender) != message.number) ++log_.disorder;
    log_.next.at(message.sender) = message.number + 1;
    if (log_.arrived.fetch_add(1) + 1 == expected_) log_.complete.count_down();
  }

 private:
  Log& log_;
  std::uint64_t expected_;
};

// Sends its numbers to all receivers in turn, as far as there is room, and goes on at its next
// turn.
class Sender {
 public:
  using Handles = Messages<SendOn>;
  Sender(std::uint32_t self, std::uint64_t count, std::vector<RefTo<Numbered>> receivers)
      : self_{self}, count_{count}, receivers_{std::move(receivers)}, next_(receivers_.size(), 0) {}

  void on_start(Context& context) { context.after(std::chrono::nanoseconds{0}, SendOn{0}); }
  void handle(const SendOn&, Context& context) {
    bool done = true;
    for (std::size_t index = 0; index < receivers_.size(); ++index) {
      std::uint64_t& next = next_[index];
      while (next < count_ && receivers_[index].try_send(Numbered{self_, next}) == SendResult::ok)
        ++next;
      done = done && next == count_;
    }
    if (!done) context.after(std::chrono::nanoseconds{0}, SendOn{0});
  }

 private:
  std::uint32_t self_;
  std::uint64_t count_;
  std::vector<RefTo<Numbered>> receivers_;
  std::vector<std::uint64_t> next_;
};

constexpr std::uint32_t kSenders = 6;
constexpr std::uint64_t kEach = 10'000;

struct Fan {
  Log left{kSenders};
  Log right{kSenders};

  // Two receivers and many senders, spread over the workers.
  void spawn(System& system, std::uint32_t mailbox_capacity) {
    std::vector<RefTo<Numbered>> receivers;
    for (Log* log : {&left, &right}) {
      const std::uint16_t worker =
          log == &left ? 0 : static_cast<std::uint16_t>(system.workers() - 1);
      receivers.push_back(
          system.spawn(log == &left ? "left" : "right",
                       [log](Context&) { return Receiver{*log, kSenders * kEach}; },
                       {.mailbox = {.capacity = mailbox_capacity}, .worker = worker}));
    }
    for (std::uint32_t sender = 0; sender < kSenders; ++sender) {
      system.spawn("sender" + std::to_string(sender),
                   [=](Context&) { return Sender{sender, kEach, receivers}; },
                   {.worker = static_cast<std::uint16_t>(sender % system.workers())});
    }
  }

  void expect_all_in_order() const {
    for (const Log* log : {&left, &right}) {
      EXPECT_EQ(log->arrived.load(), kSenders * kEach);
      EXPECT_EQ(log->disorder, 0U);
      for (const std::uint64_t next : log->next) EXPECT_EQ(next, kEach);
    }
  }
};

// Promises: D1, D2
TEST(DeliveryOrder, EachSendersMessagesComeOnceAndInOrderOnOneWorker) {
  Fan fan;
  System system{{.workers = 1, .drive = Drive::manual}};
  fan.spawn(system, 100);
  while (system.step() > 0) {
  }
  fan.expect_all_in_order();
}

// Promises: D1, D2
TEST(DeliveryOrder, EachSendersMessagesComeOnceAndInOrderAcrossWorkersThatAreSteppedInTurn) {
  for (const std::uint32_t capacity : {1U, 7U, 1024U}) {
    Fan fan;
    System system{{.workers = 3, .lane_bytes = 32 * 1024, .drive = Drive::manual}};
    fan.spawn(system, capacity);
    while (system.step() > 0) {
    }
    fan.expect_all_in_order();
  }
}

// Promises: D1, D2
TEST(DeliveryOrder, EachSendersMessagesComeOnceAndInOrderAcrossThreads) {
  for (const Idle idle : {Idle::adaptive, Idle::sleep}) {
    Fan fan;
    System system{{.workers = 2, .idle = idle, .lane_bytes = 32 * 1024}};
    fan.spawn(system, 512);
    fan.left.complete.wait();
    fan.right.complete.wait();
    EXPECT_TRUE(system.shutdown().empty());
    fan.expect_all_in_order();
  }
}

// Promises: D1, D2
TEST(DeliveryOrder, ForeignThreadsMessagesComeOnceAndInOrder) {
  Log log{4};
  System system;
  const auto receiver =
      system.spawn("receiver", [&](Context&) { return Receiver{log, 4 * kEach}; });
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::uint64_t number = 0; number < kEach;) {
          if (receiver.try_send(Numbered{thread, number}) == SendResult::ok) ++number;
        }
      });
    }
    log.complete.wait();
  }
  EXPECT_TRUE(system.shutdown().empty());
  EXPECT_EQ(log.disorder, 0U);
  EXPECT_EQ(log.arrived.load(), 4 * kEach);
}

// Notes the numbers of what it gets.
class Notary {
 public:
  using Handles = Messages<Numbered, Bulky>;
  explicit Notary(std::vector<std::uint64_t>& seen) : seen_{seen} {}
  void handle(const Numbered& message) { seen_.push_back(message.number); }
  void handle(const Bulky& message) { seen_.push_back(message.number); }

 private:
  std::vector<std::uint64_t>& seen_;
};

// Sends small messages, which are handled in their lane, and every third time a bulky one, which
// goes through the mailbox.
class Mixer {
 public:
  using Handles = Messages<SendOn>;
  explicit Mixer(RefTo<Numbered, Bulky> target) : target_{target} {}
  void handle(const SendOn& message) {
    for (std::uint64_t number = 0; number < message.next; ++number) {
      if (number % 3 == 0) {
        EXPECT_EQ(target_.try_send(Bulky{number, {}}), SendResult::ok);
      } else {
        EXPECT_EQ(target_.try_send(Numbered{0, number}), SendResult::ok);
      }
    }
  }

 private:
  RefTo<Numbered, Bulky> target_;
};

// Promises: D1
TEST(DeliveryOrder, AMessageInTheLaneDoesNotOvertakeOneInTheMailbox) {
  std::vector<std::uint64_t> seen;
  System system{{.workers = 2, .drive = Drive::manual}};
  const auto notary = system.spawn("notary", [&](Context&) { return Notary{seen}; }, {.worker = 1});
  const auto mixer = system.spawn("mixer", [=](Context&) { return Mixer{notary}; }, {.worker = 0});
  ASSERT_EQ(mixer.try_send(SendOn{400}), SendResult::ok);
  while (system.step() > 0) {
  }
  EXPECT_EQ(seen.size(), 400U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

}  // namespace
}  // namespace mycelium
