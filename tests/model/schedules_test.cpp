#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/model/many_schedules.hpp"

// Several actors on several workers, which step in an order that a seed decides. One seed alone:
//   MYCELIUM_TEST_SEED=17 mycelium_model_test --gtest_filter=Schedules.*
namespace mycelium::model {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSchedules = 100;
#else
constexpr std::uint64_t kSchedules = 1000;
#endif

// Who sent it, and as which of its messages to that receiver.
struct Stamp {
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
  std::uint32_t number = 0;
};

struct Parcel {
  Stamp stamp;
  bool urgent;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Parcel, 460, "test.schedule.parcel", stamp, urgent, owned)
struct Trunk {
  Stamp stamp;
  std::array<std::byte, 2200> bytes{};
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Trunk, 461, "test.schedule.trunk", stamp, bytes, owned)
struct Leaflet {
  Stamp stamp;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Leaflet, 462, "test.schedule.leaflet", stamp, owned)

class Carrier;
using CarrierRef = RefTo<Parcel, Trunk, Leaflet>;

constexpr testing::TestOptions kOptions{.workers = 4, .lane_bytes = 32 * 1024, .actors_max = 256};

/// What goes on in the system of one seed, and what is true of it at the end.
class Schedule {
 public:
  explicit Schedule(testing::TestSystem& system)
      : test_{system},
        random_{system.random()},
        system_{system.system()},
        workers_used_{1 + random_.below(system_.workers())} {}

  /// Sends, steps, stops and spawns at random, and then goes on until nothing moves. The hash of
  /// who handled what in which order.
  std::uint64_t run();
  void check();

  // For the carriers, which run within a step.
  void note_handled(std::uint32_t receiver, const Stamp& stamp, bool urgent);
  void send_something(std::uint32_t sender);
  [[nodiscard]] Random& random() { return random_; }

 private:
  struct Member {
    CarrierRef ref;
    MailboxOptions mailbox;
  };

  void spawn();
  template <typename M>
  SendResult offer(const CarrierRef& to, M message, bool urgent) {
    if (urgent) return to.try_send_urgent(std::move(message));
    if (random_.below(3) == 0) return to.try_send(Shared<M>::make(std::move(message)));
    return to.try_send(std::move(message));
  }

  testing::TestSystem& test_;
  Random& random_;
  System& system_;
  const std::uint64_t workers_used_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(1);
  std::deque<Member> members_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> sent_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, bool>, std::uint32_t> last_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::uint64_t offered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t handled_ = 0;
  std::uint64_t out_of_order_ = 0;
};

class Carrier {
 public:
  using Handles = Messages<Parcel, Trunk, Leaflet>;
  Carrier(Schedule& schedule, std::uint32_t number) : schedule_{&schedule}, number_{number} {}
  static std::uint64_t conflation_key(const Leaflet& leaflet) noexcept {
    return leaflet.stamp.sender % 3;
  }

  void handle(const Parcel& parcel, Context& context) { act(parcel.stamp, parcel.urgent, context); }
  void handle(const Trunk& trunk, Context& context) { act(trunk.stamp, false, context); }
  void handle(const Leaflet& leaflet, Context& context) { act(leaflet.stamp, false, context); }

 private:
  void act(const Stamp& stamp, bool urgent, Context& context) {
    schedule_->note_handled(number_, stamp, urgent);
    Random& random = schedule_->random();
    for (std::uint64_t count = random.below(3); count > 0; --count)
      schedule_->send_something(number_);
    const std::uint64_t chance = random.below(200);
    if (chance == 0) context.stop();
    if (chance < 4) throw std::runtime_error{"a carrier fails"};
  }

  Schedule* schedule_;
  std::uint32_t number_;
};

void Schedule::spawn() {
  constexpr std::array kPolicies{Overflow::block, Overflow::block, Overflow::drop_newest,
                                 Overflow::drop_oldest, Overflow::conflate};
  const auto number = static_cast<std::uint32_t>(members_.size() + 1);
  const MailboxOptions mailbox{.capacity = static_cast<std::uint32_t>(1 + random_.below(20)),
                               .overflow = kPolicies[random_.below(kPolicies.size())]};
  const auto worker = static_cast<std::uint16_t>(random_.below(workers_used_));
  const auto ref = system_.spawn(
      [this, number](Context&) { return Carrier{*this, number}; },
      {.mailbox = mailbox, .restart = {.max_restarts = kRestartsMax}, .worker = worker});
  members_.push_back({ref, mailbox});
}

void Schedule::note_handled(std::uint32_t receiver, const Stamp& stamp, bool urgent) {
  ++handled_;
  for (const std::uint64_t part : {receiver, stamp.sender, stamp.number})
    hash_ = (hash_ ^ part) * 0x100000001b3U;
  if (stamp.receiver != receiver) ++out_of_order_;
  auto& last = last_[{stamp.sender, receiver, urgent}];
  // Conflation gives a later message the place of an earlier one.
  const bool orderly = members_[receiver - 1].mailbox.overflow != Overflow::conflate;
  if (orderly && stamp.number <= last) ++out_of_order_;
  last = stamp.number;
}

void Schedule::send_something(std::uint32_t sender) {
  const auto receiver = static_cast<std::uint32_t>(1 + random_.below(members_.size()));
  const CarrierRef ref = members_[receiver - 1].ref;
  const bool urgent = random_.below(6) == 0;
  auto& number = sent_[{sender, receiver, urgent}];
  const Stamp stamp{sender, receiver, number + 1};
  SendResult result = SendResult::ok;
  if (urgent || random_.below(3) == 0) {
    result = offer(ref, Parcel{stamp, urgent, owned_}, urgent);
  } else if (random_.below(2) == 0) {
    result = offer(ref, Trunk{stamp, {}, owned_}, false);
  } else {
    result = offer(ref, Leaflet{stamp, owned_}, false);
  }
  ++offered_;
  if (result == SendResult::ok) {
    ++number;
  } else {
    ++refused_;
  }
}

std::uint64_t Schedule::run() {
  const std::uint64_t first = 2 + random_.below(6);
  for (std::uint64_t count = 0; count < first; ++count) spawn();
  for (int round = 0; round < 150; ++round) {
    const std::uint64_t chance = random_.below(100);
    if (chance < 30) {
      for (std::uint64_t count = random_.below(16); count > 0; --count) send_something(0);
    } else if (chance < 95) {
      test_.step();
    } else if (chance < 97) {
      system_.stop(members_[random_.below(members_.size())].ref,
                   random_.below(2) == 0 ? StopMode::drain : StopMode::discard);
    } else {
      spawn();
    }
  }
  test_.run_until_idle();
  return hash_;
}

void Schedule::check() {
  std::uint64_t dropped = 0;
  for (const Member& member : members_) {
    const ActorCell& cell = *member.ref.cell();  // Nobody else has had its place.
    dropped += cell.dropped.value() + cell.conflated.value();
    const bool drops =
        member.mailbox.overflow != Overflow::block && member.mailbox.overflow != Overflow::fail;
    if (drops) {
      EXPECT_LE(cell.depth_high_water.value(),
                member.mailbox.capacity + MailboxCell::kUrgentCapacity);
    }
    EXPECT_EQ(cell.depth, 0U);
  }
  DeadLetters& dead = system_.dead_letters();
  const std::uint64_t lost = dead.total() - dead.count(DeadLetterReason::poison);
  EXPECT_EQ(offered_, handled_ + dropped + lost + refused_);
  EXPECT_EQ(out_of_order_, 0U);
  EXPECT_EQ(owned_.use_count(), 1);
  EXPECT_TRUE(system_.shutdown().empty());
}

std::uint64_t run(std::uint64_t seed) {
  testing::TestOptions options = kOptions;
  options.seed = seed;
  testing::TestSystem system{options};
  Schedule schedule{system};
  const std::uint64_t hash = schedule.run();
  schedule.check();
  return hash;
}

// Promises: D1, D2, D6, D8
TEST(Schedules, InWhateverOrderWorkersStepNothingIsLostTwiceOrOutOfOrder) {
  run_many_schedules<Schedule>(kSchedules, kOptions);
}

// Promises: T2, T4
TEST(Schedules, TheSameSeedGivesTheSameOrder) {
  spdlog::set_level(spdlog::level::off);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(run(seed), run(seed));
}

}  // namespace
}  // namespace mycelium::model
