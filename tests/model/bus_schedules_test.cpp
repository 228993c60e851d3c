#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/many_schedules.hpp"

// Publishers, readers with every policy of subscription and mailbox, patterns, retained values and
// a group on several workers, which step in an order that a seed decides. One seed alone:
//   MYCELIUM_TEST_SEED=17 mycelium_model_test --gtest_filter=BusSchedules.*
namespace mycelium::model {
namespace {

constexpr std::uint64_t kSeeds = 1'000;
constexpr int kOperations = 120;
constexpr std::uint32_t kAuthors = 3;
constexpr std::array<const char*, 3> kTopics{"trade.eu", "trade.us", "quote.eu"};
constexpr std::array<const char*, 6> kSubscriptions{"trade.eu", "trade.us", "trade.*",
                                                    "*.eu",     ">",        "quote.eu"};
constexpr testing::TestOptions kOptions{.workers = 3, .lane_bytes = 32 * 1024, .actors_max = 256};

struct Print {
  std::uint32_t topic;
  std::uint32_t author;
  std::uint64_t serial;  ///< Of its author.
};
MYCELIUM_MESSAGE(Print, 481, "test.bus_schedule.print", topic, author, serial)
struct Order {
  std::uint64_t serial;
};
MYCELIUM_MESSAGE(Order, 482, "test.bus_schedule.order", serial)
struct Go {
  std::uint32_t count;
};
MYCELIUM_MESSAGE(Go, 483, "test.bus_schedule.go", count)

/// What is true of one topic: everything happens in one thread, so a count at a moment is exact.
struct TopicLog {
  std::uint64_t published = 0;
  bool retains = false;
  std::optional<Print> last;
};

/// What one reader should get of one topic, and what it got.
struct Reading {
  std::uint64_t published_before = 0;
  std::optional<Print> retained;
  std::uint64_t handled = 0;
  std::uint64_t missed = 0;
  std::map<std::uint32_t, std::uint64_t> last_serial;  // By author.
};

struct ReaderLog {
  SubscriptionOptions options;
  MailboxOptions mailbox;
  std::vector<std::string> names;
  std::map<std::string, Reading> topics;
  std::vector<std::string> faults;
  bool stopped = false;

  /// Its mailbox drops nothing itself.
  [[nodiscard]] bool admits() const {
    return mailbox.overflow == Overflow::block || mailbox.overflow == Overflow::fail;
  }
};

struct World {
  std::map<std::string, TopicLog> topics;
  std::uint64_t orders_accepted = 0;
  std::uint64_t orders_handled = 0;
};

bool matches(const std::string& pattern, const std::string& topic) {
  return pattern == topic || pattern == ">" ||
         (pattern == "trade.*" && topic.starts_with("trade.")) ||
         (pattern == "*.eu" && topic.ends_with(".eu"));
}

class Reader {
 public:
  using Handles = Messages<Print, Gap>;
  Reader(World& world, ReaderLog& log) : world_{world}, log_{log} {}
  static std::uint64_t conflation_key(const Print& print) noexcept { return print.author; }

  void on_start(Context& context) {
    for (const std::string& name : log_.names) {
      for (const char* const topic : kTopics) {
        if (!matches(name, topic) || log_.topics.contains(topic)) continue;
        const TopicLog& known = world_.topics[topic];
        Reading& reading = log_.topics[topic];
        reading.published_before = known.published;
        reading.retained = known.retains ? known.last : std::nullopt;
      }
      context.subscribe<Print>(name, log_.options);
    }
  }
  void handle(const Print& print) {
    Reading& reading = log_.topics[kTopics[print.topic]];
    const bool is_first = reading.handled + reading.missed == 0 && log_.admits() &&
                          log_.options.overflow != Overflow::drop_newest &&
                          log_.options.overflow != Overflow::conflate;
    if (is_first && reading.retained && reading.retained->serial != print.serial)
      fault("the retained value did not come first", print);
    // What is retained may be older than what another author has published since.
    std::uint64_t& last = reading.last_serial[print.author];
    if (print.serial <= last) fault("out of order, or twice", print);
    last = print.serial;
    ++reading.handled;
  }
  void handle(const Gap& gap) { log_.topics[std::string{gap.topic}].missed += gap.missed; }

 private:
  void fault(const char* what, const Print& print) {
    log_.faults.push_back(fmt::format("{}: {} of author {}", what, print.serial, print.author));
  }
  World& world_;
  ReaderLog& log_;
};

class Author {
 public:
  using Handles = Messages<Go>;
  Author(World& world, std::uint32_t number, Context& context)
      : world_{world},
        number_{number},
        desks_{context.group<Order>("desks", any_routing(context))} {
    for (const char* const topic : kTopics) topics_.push_back(context.publisher<Print>(topic));
  }
  void handle(const Go& go, Context& context) {
    for (std::uint32_t count = 0; count < go.count; ++count) {
      const auto topic = static_cast<std::uint32_t>(context.random().below(kTopics.size()));
      const Print print{topic, number_, ++serial_};
      if (topics_[topic].publish(print).full == 0) {
        TopicLog& log = world_.topics[kTopics[topic]];
        ++log.published;
        log.last = print;
      }
      if (desks_.try_send(Order{serial_}) == SendResult::ok) ++world_.orders_accepted;
    }
  }

 private:
  static Routing any_routing(Context& context) {
    return context.random().below(2) == 0 ? Routing::round_robin : Routing::least_loaded;
  }

  World& world_;
  std::uint32_t number_;
  std::uint64_t serial_ = 0;
  std::vector<Publisher<Print>> topics_;
  Group<Messages<Order>> desks_;
};

class Desk {
 public:
  using Handles = Messages<Order>;
  explicit Desk(World& world) : world_{world} {}
  void handle(const Order&) { ++world_.orders_handled; }

 private:
  World& world_;
};

class Schedule {
 public:
  explicit Schedule(testing::TestSystem& test) : test_{test}, system_{test.system()} {
    for (const char* const topic : kTopics) {
      const bool retains = test_.random().below(2) == 0;
      world_.topics[topic].retains = retains;
      topics_.push_back(
          &system_.topic<Print>(topic, {.retain = retains ? Retain::last : Retain::none}));
    }
    for (std::uint32_t number = 0; number < kAuthors; ++number) {
      authors_.push_back(test_.spawn("author" + std::to_string(number), [this, number](Context& c) {
        return Author{world_, number, c};
      }));
      const auto desk =
          test_.spawn([this](Context&) { return Desk{world_}; }, {.mailbox = {.capacity = 4}});
      EXPECT_TRUE(system_.group<Order>("desks").join(desk));
    }
    test_.run_until_idle();
  }

  void run() {
    for (int operation = 0; operation < kOperations; ++operation) {
      const std::uint64_t chance = test_.random().below(100);
      if (chance < 25) {
        const auto count = static_cast<std::uint32_t>(1 + test_.random().below(40));
        // `full` is as good: it is not published then.
        static_cast<void>(authors_[test_.random().below(kAuthors)].try_send(Go{count}));
      } else if (chance < 92) {
        test_.step();
      } else if (chance < 98 && readers_.size() < 12) {
        spawn_reader();
      } else if (!readers_.empty()) {
        stop_reader();
      }
    }
    test_.run_until_idle();
    // One more everywhere, which tells what was missed before.
    for (const auto& author : authors_) {
      for (int round = 0; round < 40; ++round) {
        test_.send(author, Go{1});
        test_.run_until_idle();
      }
    }
  }

  void check() {
    for (const auto& [log, ref] : readers_) {
      for (const std::string& fault : log->faults) ADD_FAILURE() << fault;
      if (!log->stopped) check_reader(*log, *ref.cell());
    }
    for (std::size_t index = 0; index < kTopics.size(); ++index) {
      const TopicStatus status = topics_[index]->status();
      const Lost& lost = lost_[kTopics[index]];
      EXPECT_EQ(status.published, world_.topics[kTopics[index]].published);
      EXPECT_GE(status.dropped, lost.here) << kTopics[index];
      if (any_stopped_) continue;
      EXPECT_LE(status.dropped, lost.here + lost.here_or_in_the_mailbox) << kTopics[index];
    }
    EXPECT_EQ(world_.orders_handled, world_.orders_accepted);
    EXPECT_TRUE(system_.shutdown().empty());
  }

 private:
  /// What readers did not get of a topic.
  struct Lost {
    std::uint64_t here = 0;                    ///< And the topic counts.
    std::uint64_t here_or_in_the_mailbox = 0;  ///< By the way to a mailbox, or its own policy.
  };

  // Nothing is lost that is not counted: told by gaps, or given up by the mailbox's own policy.
  void check_reader(const ReaderLog& log, const ActorCell& cell) {
    const bool conflates = log.admits() && log.options.overflow == Overflow::conflate;
    std::uint64_t missing = 0;
    std::uint64_t missed = 0;
    for (const auto& [topic, reading] : log.topics) {
      const std::uint64_t given =
          world_.topics[topic].published - reading.published_before + (reading.retained ? 1 : 0);
      ASSERT_LE(reading.handled + reading.missed, given) << topic;
      const std::uint64_t not_handled = given - reading.handled;
      if (log.admits() && wants_all(log.options.overflow)) {
        EXPECT_EQ(not_handled, 0U) << topic;
      }
      if (log.admits() && log.options.overflow == Overflow::drop_oldest) {
        EXPECT_EQ(not_handled, reading.missed) << topic;
      }
      const std::uint64_t lost = conflates ? reading.missed : not_handled;
      (log.admits() ? lost_[topic].here : lost_[topic].here_or_in_the_mailbox) += lost;
      missing += not_handled;
      missed += reading.missed;
    }
    const std::uint64_t given_up = cell.dropped.value() + cell.conflated.value();
    if (conflates) {
      EXPECT_EQ(cell.dropped.value(), missed);
      EXPECT_EQ(given_up, missing);
    } else if (log.admits()) {
      EXPECT_EQ(given_up, missed);
    } else {
      EXPECT_EQ(missed, 0U) << "a mailbox that drops itself tells no gaps";
      // Only of a `drop_newest` subscription the topic alone knows what found the way full.
      EXPECT_LE(given_up, missing);
      if (log.options.overflow != Overflow::drop_newest) {
        EXPECT_EQ(given_up, missing);
      }
    }
  }
  void spawn_reader() {
    constexpr std::array kPolicies{Overflow::block, Overflow::fail, Overflow::drop_oldest,
                                   Overflow::drop_newest, Overflow::conflate};
    constexpr std::array kMailboxes{Overflow::block,       Overflow::block,
                                    Overflow::fail,        Overflow::drop_newest,
                                    Overflow::drop_oldest, Overflow::conflate};
    auto log = std::make_unique<ReaderLog>();
    log->options = {.overflow = kPolicies[test_.random().below(kPolicies.size())],
                    .capacity = static_cast<std::uint32_t>(test_.random().below(8))};
    if (!has_backlog(log->options.overflow)) log->options.capacity = 0;
    for (std::uint64_t count = 1 + test_.random().below(2); count > 0; --count)
      log->names.emplace_back(kSubscriptions[test_.random().below(kSubscriptions.size())]);
    log->mailbox = {.capacity = static_cast<std::uint32_t>(1 + test_.random().below(16)),
                    .overflow = kMailboxes[test_.random().below(kMailboxes.size())]};
    const auto ref = test_.spawn([this, at = log.get()](Context&) { return Reader{world_, *at}; },
                                 {.mailbox = log->mailbox});
    readers_.emplace_back(std::move(log), ref);
  }
  void stop_reader() {
    auto& [log, ref] = readers_[test_.random().below(readers_.size())];
    log->stopped = true;
    any_stopped_ = true;
    system_.stop(ref, StopMode::discard);
  }

  testing::TestSystem& test_;
  System& system_;
  World world_;
  std::vector<Topic<Print>*> topics_;
  std::vector<RefTo<Go>> authors_;
  std::vector<std::pair<std::unique_ptr<ReaderLog>, Ref<Reader::Handles>>> readers_;
  std::map<std::string, Lost> lost_;
  bool any_stopped_ = false;
};

// Promises: D1, D6, D7, R3, R4, R5
TEST(BusSchedules, InWhateverOrderWorkersStepEverySubscriptionAddsUp) {
  run_many_schedules<Schedule>(kSeeds, kOptions);
}

}  // namespace
}  // namespace mycelium::model
