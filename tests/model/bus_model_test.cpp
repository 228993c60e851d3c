#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/base/random.hpp"
#include "mycelium/bus/gap.hpp"
#include "mycelium/bus/subscriber.hpp"
#include "mycelium/runtime/os_clock.hpp"
#include "mycelium/runtime/worker_group.hpp"
#include "naive_bus.hpp"

// Real topics, mailboxes and pull subscribers against naive ones, operation by operation. One seed
// alone, or as many operations as one likes:
//   MYCELIUM_MODEL_SEED=17 MYCELIUM_MODEL_OPERATIONS=100000000 mycelium_model_test
//   --gtest_filter=BusModel.*
namespace mycelium::model {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kOperations = 200'000;
#else
constexpr std::uint64_t kOperations = 10'000'000;
#endif
constexpr std::uint64_t kSeeds = 20;
constexpr std::uint64_t kEpisode = 2'000;  // Operations with one set of topics and receivers.
constexpr std::uint32_t kReceivers = 4;
constexpr std::array<const char*, 5> kTopics{"a.x", "a.y", "b.x", "a.x.z", "b"};
constexpr std::array<const char*, 7> kPatterns{"a.*", "a.>", "*.x", ">", "*", "*.*.z", "b.>"};

struct Item {
  std::uint64_t key;
  std::uint64_t serial;
  std::uint32_t topic;
  std::shared_ptr<int> owned{};
  static std::uint64_t retain_key(const Item& item) { return item.key; }
};
MYCELIUM_MESSAGE(Item, 480, "test.model.bus.item", key, serial, topic, owned)

// Mailboxes whose holders never run: the test takes out of them. All items have a key.
constexpr CellOperations kWaiting{
    .receive = [](Cell&, FrameHeader&) {},
    .run = [](Cell&, std::uint32_t) { return 0U; },
    .timer_due = [](Cell&, Envelope*) {},
    .arrive = [](Cell&, std::uint64_t, Envelope*) {},
    .conflation_key =
        [](const Cell&, const Envelope& envelope, std::uint64_t& key) {
          if (envelope.type->id != kTraits<Item>.id) return false;
          key = static_cast<const Item*>(envelope.payload)->key;
          return true;
        }};
constexpr std::array kMailboxes{Overflow::block,       Overflow::block,       Overflow::fail,
                                Overflow::drop_newest, Overflow::drop_oldest, Overflow::conflate};

/// One bus with its receivers, and the naive one beside it. On worker 0.
class Episode {
 public:
  Episode(Random& random, WorkerGroup& group, std::uint32_t generation)
      : random_{random}, group_{group} {
    for (std::uint32_t slot = 0; slot < kReceivers; ++slot) {
      MailboxCell& made = *std::construct_at(&cell(slot));
      made.worker = &group_.worker(0);
      made.operations = &kWaiting;
      NaiveReceiver& naive = naive_.receivers.emplace_back();
      naive.capacity = static_cast<std::uint32_t>(1 + random_.below(6));
      naive.overflow = kMailboxes[random_.below(kMailboxes.size())];
      made.claim({naive.capacity, naive.overflow});
      made.open_id = ActorId{slot, generation}.value();
    }
  }
  ~Episode() {
    for (std::uint32_t slot = 0; slot < kReceivers; ++slot) {
      while (take_real(cell(slot))) {
      }
      std::destroy_at(&cell(slot));
    }
    pullers_.clear();
    EXPECT_LE(owned_.use_count(), 1 + static_cast<long>(retained_max_));
  }
  Episode(const Episode&) = delete;
  Episode& operator=(const Episode&) = delete;

  void step() {
    const std::uint64_t chance = random_.below(100);
    if (chance < 55) {
      publish(random_.below(kTopics.size()));
    } else if (chance < 75) {
      take(static_cast<std::uint32_t>(random_.below(kReceivers)));
    } else if (chance < 90) {
      pull();
    } else if (chance < 94) {
      subscribe();
    } else if (chance < 96) {
      add_puller();
    } else if (chance < 97) {
      retain();
    } else if (chance < 98) {
      unsubscribe();
    } else if (random_.below(50) != 0) {
      look();
    } else {
      flood();
    }
  }

 private:
  MailboxCell& cell(std::uint32_t slot) {
    return *static_cast<MailboxCell*>(group_.cells().at(slot));
  }
  static ActorId id_of(const MailboxCell& of) { return ActorId::from_value(of.open_id); }
  std::string any_topic() { return kTopics[random_.below(kTopics.size())]; }
  std::string any_name() {
    return random_.below(3) == 0 ? kPatterns[random_.below(kPatterns.size())] : any_topic();
  }
  Overflow any_overflow() {
    constexpr std::array kPolicies{Overflow::block,       Overflow::fail,
                                   Overflow::drop_newest, Overflow::drop_oldest,
                                   Overflow::drop_oldest, Overflow::conflate};
    return kPolicies[random_.below(kPolicies.size())];
  }

  // So much that what is passed over in a mailbox is swept out of it.
  void flood() {
    const std::uint64_t topic = random_.below(kTopics.size());
    for (int count = 0; count < 300 && !::testing::Test::HasFatalFailure(); ++count) publish(topic);
  }
  void publish(std::uint64_t topic) {
    const Item item{random_.below(5), ++serial_, static_cast<std::uint32_t>(topic), owned_};
    const PublishResult real = registry_.topic<Item>(kTopics[topic]).publish(item);
    const PublishResult expected = naive_.publish(kTopics[topic], item.key, item.serial);
    ASSERT_EQ(real.delivered, expected.delivered);
    ASSERT_EQ(real.full, expected.full);
    ASSERT_EQ(real.dropped, expected.dropped);
  }
  std::optional<Taken> take_real(MailboxCell& from) {
    Envelope* const envelope = from.pop();
    if (envelope == nullptr) return std::nullopt;
    Taken taken;
    if (envelope->type->id == kTraits<Gap>.id) {
      const Gap& gap = *static_cast<Gap*>(envelope->payload);
      taken = {std::string{gap.topic}, 0, gap.missed};
    } else {
      const Item& item = *static_cast<Item*>(envelope->payload);
      taken = {kTopics[item.topic], item.serial, 0};
    }
    from.worker->envelopes().release(envelope);
    return taken;
  }
  void take(std::uint32_t slot) {
    for (std::uint64_t count = random_.below(12); count > 0; --count) {
      const std::optional<Taken> real = take_real(cell(slot));
      const std::optional<Taken> expected = naive_.receivers[slot].take();
      ASSERT_EQ(real.has_value(), expected.has_value());
      if (!real) return;
      ASSERT_EQ(real->topic, expected->topic);
      ASSERT_EQ(real->serial, expected->serial);
      ASSERT_EQ(real->missed, expected->missed);
    }
  }
  void pull() {
    if (pullers_.empty()) return;
    const std::size_t index = random_.below(pullers_.size());
    for (std::uint64_t count = random_.below(6); count > 0; --count) {
      const std::optional<Item> real = pullers_[index]->try_next();
      const auto expected = naive_.pullers[index]->take();
      ASSERT_EQ(real.has_value(), expected.has_value());
      if (!real) break;
      ASSERT_EQ(real->serial, expected->first);
      ASSERT_EQ(pullers_[index]->gap(), expected->second);
    }
    ASSERT_EQ(pullers_[index]->missed(), naive_.pullers[index]->missed);
    ASSERT_EQ(pullers_[index]->conflated(), naive_.pullers[index]->conflated);
    if (random_.below(20) != 0) return;
    pullers_.erase(pullers_.begin() + static_cast<std::ptrdiff_t>(index));
    naive_.pullers.erase(naive_.pullers.begin() + static_cast<std::ptrdiff_t>(index));
  }
  void subscribe() {
    const auto slot = static_cast<std::uint32_t>(random_.below(kReceivers));
    const SubscriptionOptions options{any_overflow(), static_cast<std::uint32_t>(random_.below(5))};
    const std::string name = any_name();
    MailboxCell& to = cell(slot);
    if (TopicPattern::is_one(name)) {
      registry_.subscribe<Item>(TopicPattern{name}, to, id_of(to), options, true);
    } else {
      registry_.topic<Item>(name).subscribe(to, id_of(to), options, true);
    }
    naive_.subscribe(naive_.receivers[slot], name, options);
  }
  void add_puller() {
    if (pullers_.size() == 4) return;
    auto naive = std::make_unique<NaivePuller>();
    naive->name = any_name();
    naive->capacity = 1 + random_.below(5);
    naive->overflow = any_overflow();
    const SubscriberOptions options{naive->capacity, naive->overflow};
    constexpr ConflationKeyOf<Item> kKey = [](const Item& item) noexcept { return item.key; };
    pullers_.push_back(TopicPattern::is_one(naive->name)
                           ? std::make_unique<Subscriber<Item>>(
                                 registry_, TopicPattern{naive->name}, options, kKey)
                           : std::make_unique<Subscriber<Item>>(registry_.topic<Item>(naive->name),
                                                                options, kKey));
    naive_.subscribe(std::move(naive));
  }
  void retain() {
    const std::size_t keys_max = 1 + random_.below(5);
    const std::string name = any_topic();
    static_cast<void>(registry_.topic<Item>(name, {Retain::last, keys_max}));
    naive_.retain(name, keys_max);
  }
  void unsubscribe() {
    const auto slot = static_cast<std::uint32_t>(random_.below(kReceivers));
    const ActorId id = id_of(cell(slot));
    for (const char* const pattern : kPatterns)
      registry_.unsubscribe(TopicPattern{pattern}, kTraits<Item>.id, id);
    for (const char* const topic : kTopics) registry_.unsubscribe(topic, kTraits<Item>.id, id);
    naive_.receivers[slot].subscriptions.clear();
    naive_.receivers[slot].patterns.clear();
    for (const char* const topic : kTopics) naive_.receivers[slot].keep_as_it_is(topic);
  }
  void look() {
    const std::vector<TopicStatus> all = registry_.status();
    ASSERT_EQ(all.size(), naive_.topics.size());
    for (const TopicStatus& real : all) {
      const NaiveTopic& expected = naive_.topics.at(real.name);
      ASSERT_EQ(real.published, expected.published);
      ASSERT_EQ(real.delivered, expected.delivered);
      ASSERT_EQ(real.dropped, expected.dropped);
      ASSERT_EQ(real.retained, expected.retained.size());
    }
    for (std::uint32_t slot = 0; slot < kReceivers; ++slot) {
      ASSERT_EQ(cell(slot).dropped.value(), naive_.receivers[slot].dropped);
      ASSERT_EQ(cell(slot).conflated.value(), naive_.receivers[slot].conflated);
    }
  }

  Random& random_;
  WorkerGroup& group_;
  NaiveBus naive_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(1);
  TopicRegistry registry_;
  std::vector<std::unique_ptr<Subscriber<Item>>> pullers_;
  std::uint64_t serial_ = 0;
  std::size_t retained_max_ = 5 * kTopics.size();
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
}

void run(std::uint64_t seed, std::uint64_t operations) {
  Random random{seed};
  ManualClock clock;
  WorkerGroup group{1, {}, clock, 8, sizeof(MailboxCell)};
  std::uint32_t generation = 1;
  for (std::uint64_t done = 0; done < operations; done += kEpisode, ++generation) {
    group.worker(0).inject([&] {
      Episode episode{random, group, generation};
      for (std::uint64_t each = 0; each < kEpisode && !::testing::Test::HasFatalFailure(); ++each)
        episode.step();
    });
    group.worker(0).step();
    ASSERT_FALSE(::testing::Test::HasFailure())
        << "MYCELIUM_MODEL_SEED=" << seed << " runs this seed alone";
  }
}

// Promises: D1, D2, D6, D7, R3, R4
TEST(BusModel, RealTopicsDoWhatTheNaiveOnesDo) {
  const std::uint64_t operations = from_environment("MYCELIUM_MODEL_OPERATIONS", kOperations);
  const std::uint64_t chosen = from_environment("MYCELIUM_MODEL_SEED", 0);
  for (std::uint64_t seed = 1; seed <= kSeeds && !::testing::Test::HasFatalFailure(); ++seed)
    if (chosen == 0 || chosen == seed) run(seed, operations / kSeeds);
}

}  // namespace
}  // namespace mycelium::model
