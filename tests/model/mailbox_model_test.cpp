#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"
#include "naive_mailbox.hpp"

// Real mailboxes against the naive one, operation by operation. One seed alone:
//   MYCELIUM_MODEL_SEED=17 mycelium_model_test --gtest_filter=MailboxModel.*
namespace mycelium::model {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kOperations = 300'000;
#else
constexpr std::uint64_t kOperations = 10'000'000;
#endif
constexpr std::uint64_t kSeeds = 20;

struct Item {
  std::uint32_t serial;
  What what;
  std::uint8_t key;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Item, 440, "test.model.item", serial, what, key, owned)
struct Bulk {
  std::uint32_t serial;
  What what;
  std::uint8_t key;
  std::shared_ptr<int> owned{};
  std::array<std::byte, 2100> bytes{};
};
MYCELIUM_MESSAGE(Bulk, 441, "test.model.bulk", serial, what, key, owned, bytes)
struct Note {
  std::uint32_t serial;
  What what;
};
MYCELIUM_MESSAGE(Note, 442, "test.model.note", serial, what)
struct Go {};
MYCELIUM_MESSAGE(Go, 443, "test.model.go")

using Seen = std::vector<std::uint32_t>;

class Subject {
 public:
  using Handles = Messages<Item, Bulk, Note>;
  explicit Subject(Seen& seen) : seen_{&seen} {}
  static std::uint64_t conflation_key(const Item& item) noexcept { return item.key; }
  static std::uint64_t conflation_key(const Bulk& bulk) noexcept { return bulk.key; }
  void handle(const Item& item, Context& context) { act(item.serial, item.what, context); }
  void handle(const Bulk& bulk, Context& context) { act(bulk.serial, bulk.what, context); }
  void handle(const Note& note, Context& context) { act(note.serial, note.what, context); }

 private:
  void act(std::uint32_t serial, What what, Context& context) {
    if (what == What::stash && context.stash()) return;
    seen_->push_back(serial);
    if (what == What::fail) throw std::runtime_error{"told to fail"};
    if (what == What::unstash) context.unstash_all();
    if (what == What::resend) {
      const SendResult result =
          context.self<Subject>().try_send(Note{serial + NaiveMailbox::kResent, What::nothing});
      seen_->push_back(NaiveMailbox::kResult + static_cast<std::uint32_t>(result));
    }
    if (what == What::stop) context.stop();
  }

  Seen* seen_;
};
using SubjectRef = Ref<Subject::Handles>;

class Driver {
 public:
  using Handles = Messages<Go>;
  explicit Driver(const std::function<void()>& drive) : drive_{&drive} {}
  void handle(const Go&) { (*drive_)(); }

 private:
  const std::function<void()>* drive_;
};

/// One system, in which subjects live one after the other, each in the place of one before it.
class Comparison {
 public:
  explicit Comparison(std::uint64_t seed) : random_{seed} {
    for (const std::uint16_t worker : {0, 1}) {
      drivers_[worker] =
          system_.spawn([this](Context&) { return Driver{drive_}; }, {.worker = worker});
    }
    settle();
  }

  // True when all was equal over so many operations.
  bool run(std::uint64_t operations) {
    while (done_ < operations) {
      if (!real_ || naive_->gone()) replace_subject();
      std::vector<Offer> batch(1 + random_.below(24));
      for (Offer& offer : batch) offer = any_offer();
      done_ += batch.size();
      if (!send_batch(batch) || !same()) return false;
      if (random_.below(100) == 0) {
        const bool drain = random_.below(2) == 0;
        system_.stop(*real_, drain ? StopMode::drain : StopMode::discard);
        settle();
        naive_->stop(drain);
        if (!same()) return false;
      }
    }
    static_cast<void>(system_.shutdown());
    EXPECT_EQ(owned_.use_count(), 1) << "messages that nobody ended";
    return owned_.use_count() == 1;
  }

 private:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void replace_subject() {
    constexpr std::array kPolicies{Overflow::block, Overflow::fail, Overflow::drop_newest,
                                   Overflow::drop_oldest, Overflow::conflate};
    const auto capacity = static_cast<std::uint32_t>(1 + random_.below(12));
    const Overflow overflow = kPolicies[random_.below(kPolicies.size())];
    real_ = system_.spawn("subject", [this](Context&) { return Subject{seen_}; },
                          {.mailbox = {.capacity = capacity, .overflow = overflow},
                           .restart = {.max_restarts = kRestartsMax},
                           .worker = 1});
    settle();
    naive_.emplace(capacity, overflow);
    dead_before_ = system_.dead_letters().total();
  }
  Offer any_offer() {
    Offer offer{.serial = ++serial_ % NaiveMailbox::kResent,
                .type = static_cast<Type>(random_.below(3)),
                .key = static_cast<std::uint8_t>(random_.below(4)),
                .urgent = random_.below(5) == 0};
    const std::uint64_t chance = random_.below(100);
    if (chance < 40) {
      offer.what = chance < 2    ? What::fail
                   : chance < 15 ? What::stash
                   : chance < 20 ? What::unstash
                   : chance < 21 ? What::stop
                                 : What::resend;
    }
    offer.shared = !offer.urgent && random_.below(5) == 0;
    return offer;
  }

  template <typename M>
  SendResult send(M message, const Offer& offer) {
    if (offer.urgent) return real_->try_send_urgent(std::move(message));
    if (offer.shared) return real_->try_send(Shared<M>::make(std::move(message)));
    return real_->try_send(std::move(message));
  }
  SendResult send_real(const Offer& offer) {
    switch (offer.type) {
      case Type::item:
        return send(Item{offer.serial, offer.what, offer.key, owned_}, offer);
      case Type::bulk:
        return send(Bulk{offer.serial, offer.what, offer.key, owned_}, offer);
      default:
        return send(Note{offer.serial, offer.what}, offer);
    }
  }

  bool send_batch(const std::vector<Offer>& batch) {
    std::vector<SendResult> results;
    drive_ = [&] {
      for (const Offer& offer : batch) results.push_back(send_real(offer));
    };
    std::vector<SendResult> expected(batch.size(), SendResult::ok);
    const std::uint64_t from = random_.below(3);
    const std::uint64_t stop = from == 2 ? random_.below(20) : 20;  // 0: drain, 1: discard.
    if (from == 2) {
      drive_();
      if (stop < 2) system_.stop(*real_, stop == 0 ? StopMode::drain : StopMode::discard);
    } else {
      EXPECT_EQ(drivers_[1 - from].try_send(Go{}), SendResult::ok);
    }
    settle();
    if (from == 0) {
      for (std::size_t index = 0; index < batch.size(); ++index)
        expected[index] = naive_->offer_here(batch[index]);
    } else if (from == 1) {
      for (const Offer& offer : batch) {
        if (offer.urgent) naive_->arrive_by_lane(offer);
      }
      for (const Offer& offer : batch) {
        if (!offer.urgent) naive_->arrive_by_lane(offer);
      }
    } else {
      for (const Offer& offer : batch) naive_->arrive_from_outside(offer);
      if (stop < 2) naive_->stop(stop == 0);
    }
    naive_->run();
    EXPECT_EQ(results, expected);
    return results == expected;
  }

  bool same() {
    const ActorCell& cell = *real_->cell();
    EXPECT_EQ(seen_, naive_->seen);
    EXPECT_EQ(cell.handled.value(), naive_->handled);
    EXPECT_EQ(cell.dropped.value(), naive_->dropped);
    EXPECT_EQ(cell.conflated.value(), naive_->conflated);
    EXPECT_EQ(cell.depth_high_water.value(), naive_->high_water);
    EXPECT_EQ(cell.restart_count.value(), naive_->poison);
    EXPECT_EQ(system_.dead_letters().total() - dead_before_,
              naive_->poison + naive_->stopped + naive_->stale);
    EXPECT_EQ(cell.state.load() == ActorState::stopped, naive_->gone());
    seen_.clear();
    naive_->seen.clear();
    return !::testing::Test::HasFailure();
  }

  Random random_;
  ManualClock clock_;
  Seen seen_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(1);
  std::function<void()> drive_;
  System system_{{.workers = 2,
                  .lane_bytes = 128 * 1024,
                  .actors_max = 5,
                  .clock = &clock_,
                  .drive = Drive::manual}};
  std::array<RefTo<Go>, 2> drivers_;
  std::optional<SubjectRef> real_;
  std::optional<NaiveMailbox> naive_;
  std::uint64_t dead_before_ = 0;
  std::uint64_t done_ = 0;
  std::uint32_t serial_ = 0;
};

// Promises: D2, D4, D6, D8, D9, L4, L6, X1
TEST(MailboxModel, RealMailboxesDoWhatTheNaiveOneDoes) {
  spdlog::set_level(spdlog::level::off);
  const char* const chosen = std::getenv("MYCELIUM_MODEL_SEED");
  const std::uint64_t first = chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : 1;
  const std::uint64_t last = chosen != nullptr ? first : kSeeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    ASSERT_TRUE(Comparison{seed}.run(kOperations / kSeeds))
        << "MYCELIUM_MODEL_SEED=" << seed << " runs this seed alone";
  }
}

}  // namespace
}  // namespace mycelium::model
