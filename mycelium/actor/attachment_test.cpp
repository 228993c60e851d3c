#include "mycelium/actor/attachment.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mycelium {
namespace {

struct Packet {
  std::uint32_t source;
  std::uint64_t number;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Packet, 895, "test.attachment.packet", source, number, owned)
struct Large {
  std::uint64_t number;
  std::array<std::byte, 4000> bytes{};  // Travels by block.
};
MYCELIUM_MESSAGE(Large, 896, "test.attachment.large", number, bytes)
struct Count {
  std::uint64_t packets;
};
MYCELIUM_MESSAGE(Count, 897, "test.attachment.count", packets)
struct GetCount {
  using Reply = Count;
};
MYCELIUM_MESSAGE(GetCount, 898, "test.attachment.get_count")

/// Counts what comes, and requires that each source's packets come in order.
class Receiver {
 public:
  using Handles = Messages<Packet, Large, GetCount>;
  void on_start(Context& context) { context.subscribe<Packet>("packets", {Overflow::block}); }
  void handle(const Packet& packet) {
    EXPECT_EQ(packet.number, next_.at(packet.source)++);
    ++packets_;
  }
  void handle(const Large& large) {
    EXPECT_EQ(large.number, larges_++);
    ++packets_;
  }
  Count handle(const GetCount&) { return {packets_}; }

 private:
  std::array<std::uint64_t, 4> next_{};
  std::uint64_t larges_ = 0;
  std::uint64_t packets_ = 0;
};
using ReceiverRef = Ref<Receiver::Handles>;

/// Holds a handler until it may go on.
struct Go {
  std::latch begun{1};
  std::latch over{1};
};

class AttachmentTest : public ::testing::Test {
 protected:
  AttachmentTest() { EXPECT_TRUE(system_.await_started(*receiver_.cell())); }
  std::uint64_t count() {
    return receiver_.ask_blocking(GetCount{}, std::chrono::minutes{5}).value().packets;
  }
  void send(std::uint32_t source, std::uint64_t first, std::uint64_t last) const {
    for (std::uint64_t number = first; number < last; ++number) {
      ASSERT_EQ(receiver_.send_blocking(Packet{source, number}, std::chrono::minutes{5}),
                SendResult::ok);
    }
  }
  std::size_t lanes() { return system_.worker_group().worker(0).incoming_lane_count(); }

  // Until so many have come: what one thread asks may overtake what others have sent.
  void await_count(std::uint64_t packets) {
    while (count() < packets) {
    }
    EXPECT_EQ(count(), packets);
  }

  Go go_;  // Outlives the system, whose handlers use it.
  System system_{{.workers = 1, .idle = Idle::sleep}};
  ReceiverRef receiver_ = system_.spawn("receiver", [](Context&) { return Receiver{}; });
};

// Promises: D1, D2
TEST_F(AttachmentTest, WhatAnAttachedThreadSendsComesByALaneOfItsOwnInOrder) {
  constexpr std::uint64_t kPackets = 20'000;
  {
    const Attachment attachment = system_.attach();
    send(0, 0, kPackets);
    EXPECT_EQ(count(), kPackets) << "an attached thread may wait";
  }
  EXPECT_EQ(lanes(), 1U);
}

// Promises: D1, D2
TEST_F(AttachmentTest, SeveralAttachedThreadsDoNotMixTheirOrder) {
  constexpr std::uint64_t kPackets = 10'000;
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t source = 0; source < 4; ++source) {
      threads.emplace_back([this, source] {
        const Attachment attachment = system_.attach();
        send(source, 0, kPackets);
      });
    }
  }
  await_count(4 * kPackets);
}

// Promises: D1
TEST_F(AttachmentTest, TheLanesOfOneThatHasLeftAreUsedByTheNext) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::jthread{[this, round] {
      const Attachment attachment = system_.attach();
      send(0, round * 100, round * 100 + 100);
    }}.join();
  }
  await_count(2'000U);
  EXPECT_EQ(lanes(), 1U);
  EXPECT_EQ(system_.workers(), 2U);
}

// Promises: D2
TEST_F(AttachmentTest, LargeMessagesAndPublicationsTakeItsLaneToo) {
  const Attachment attachment = system_.attach();
  constexpr std::uint64_t kMessages = 500;
  for (std::uint64_t number = 0; number < kMessages; ++number) {
    ASSERT_EQ(receiver_.send_blocking(Large{number}, std::chrono::minutes{5}), SendResult::ok);
    while (system_.topic<Packet>("packets").publish(Packet{0, number}).delivered == 0) {
    }
  }
  EXPECT_EQ(count(), 2 * kMessages);
  EXPECT_EQ(lanes(), 1U);
}

// Promises: D4
TEST_F(AttachmentTest, AnAttachedThreadIsToldThatThereIsNoRoom) {
  class Busy {
   public:
    using Handles = Messages<Packet>;
    explicit Busy(Go& go) : go_{&go} {}
    void handle(const Packet& packet) {
      if (packet.number != 0) return;
      go_->begun.count_down();
      go_->over.wait();
    }

   private:
    Go* go_;
  };
  const auto busy =
      system_.spawn([&](Context&) { return Busy{go_}; }, {.mailbox = {.capacity = 4}});
  const Attachment attachment = system_.attach();
  ASSERT_EQ(busy.try_send(Packet{0, 0}), SendResult::ok);
  go_.begun.wait();
  // The bound is the mailbox's and what the lane holds.
  std::uint64_t sent = 1;
  while (busy.try_send(Packet{0, sent}) == SendResult::ok) ++sent;
  EXPECT_GT(sent, 4U);
  EXPECT_EQ(busy.try_send(Packet{0, sent}), SendResult::full);
  go_.over.count_down();
}

// Promises: D9
TEST_F(AttachmentTest, WhatIsSentToAStoppedActorIsRefused) {
  const Attachment attachment = system_.attach();
  system_.stop(receiver_, StopMode::drain);
  ASSERT_TRUE(system_.await_stopped(receiver_, std::chrono::minutes{5}));
  EXPECT_EQ(receiver_.try_send(Packet{0, 0}), SendResult::closed);
}

// Promises: X1
TEST_F(AttachmentTest, AStopComesBehindWhatTheSameThreadHasSent) {
  const auto owned = std::make_shared<int>(0);
  const Attachment attachment = system_.attach();
  for (std::uint64_t number = 0; number < 1'000; ++number)
    ASSERT_EQ(receiver_.send_blocking(Packet{0, number, owned}, std::chrono::minutes{5}),
              SendResult::ok);
  system_.stop(receiver_, StopMode::drain);
  ASSERT_TRUE(system_.await_stopped(receiver_, std::chrono::minutes{5}));
  EXPECT_EQ(system_.dead_letters().total(), 0U);
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: X2
TEST_F(AttachmentTest, AfterTheShutdownNothingIsTakenAndNothingAttaches) {
  {
    const Attachment attachment = system_.attach();
    EXPECT_TRUE(system_.shutdown().empty());
    EXPECT_EQ(receiver_.try_send(Packet{0, 0}), SendResult::closed);
  }
  std::jthread{[this] {
    const Attachment again = system_.attach();  // The lanes are there still.
    EXPECT_EQ(receiver_.try_send(Packet{0, 0}), SendResult::closed);
    std::jthread{[this] {
      EXPECT_THROW(static_cast<void>(Attachment{system_}), std::logic_error);
    }}.join();
  }}.join();
}

TEST_F(AttachmentTest, NothingIsPlacedWhereAThreadIsAttached) {
  const Attachment attachment = system_.attach();
  ASSERT_EQ(system_.workers(), 2U);
  try {
    system_.spawn([](Context&) { return Receiver{}; }, {.worker = 1});
    FAIL() << "was placed";
  } catch (const std::invalid_argument& refused) {
    EXPECT_EQ(std::string{refused.what()},
              "worker 1 is wanted, but nothing lives there: it is an attached thread's");
  }
  const auto dedicated = system_.spawn([](Context&) { return Receiver{}; }, {.dedicated = true});
  EXPECT_EQ(dedicated.cell()->worker->index(), 2U);
}

TEST_F(AttachmentTest, RefusesAThreadThatIsAttachedOrAWorker) {
  const Attachment attachment = system_.attach();
  EXPECT_THROW(static_cast<void>(Attachment{system_}), std::logic_error);
  System by_hand{{.drive = Drive::manual}};
  std::jthread{[&] {
    EXPECT_THROW(static_cast<void>(Attachment{by_hand}), std::logic_error);
  }}.join();
}

TEST_F(AttachmentTest, ThereAreAsManyAsWorkersMayBe) {
  std::latch all{kWorkersMax - 1};
  std::latch over{1};
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t thread = 1; thread < kWorkersMax; ++thread) {
      threads.emplace_back([&] {
        const Attachment attachment = system_.attach();
        all.count_down();
        over.wait();
      });
    }
    all.wait();
    EXPECT_THROW(static_cast<void>(Attachment{system_}), std::length_error);
    over.count_down();
  }
  EXPECT_NO_THROW(static_cast<void>(Attachment{system_}));
}

TEST(AttachmentDeathTest, EndsBeforeItsSystem) {
  EXPECT_DEATH(
      {
        auto system = std::make_unique<System>(SystemOptions{.idle = Idle::sleep});
        const Attachment attachment = system->attach();
        system.reset();
      },
      "has detached before its system ends");
}

}  // namespace
}  // namespace mycelium
