#include "mycelium/actor/ref.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Swap {
  int number;
};
MYCELIUM_MESSAGE(Swap, 521, "test.swap", number)
struct Quote {
  std::string text;
};
MYCELIUM_MESSAGE(Quote, 522, "test.quote", text)
struct Book {
  std::shared_ptr<int> owned;
  std::array<unsigned char, 500> levels;
};
MYCELIUM_MESSAGE(Book, 523, "test.book", owned, levels)
struct Go {};
MYCELIUM_MESSAGE(Go, 524, "test.go")

using MarketMessage = std::variant<Swap, Quote>;
using Log = std::vector<std::string>;

class Market {
 public:
  using Handles = MessagesOf<MarketMessage>;
  explicit Market(Log& log) : log_{&log} {}
  void handle(const Swap& swap) { log_->push_back("swap " + std::to_string(swap.number)); }
  void handle(const Quote& quote) { log_->push_back("quote " + quote.text); }

 private:
  Log* log_;
};

// Runs a piece of test code as an actor.
class Runner {
 public:
  using Handles = Messages<Go>;
  explicit Runner(std::function<void(Context&)> run) : run_{std::move(run)} {}
  void handle(const Go&, Context& context) { run_(context); }

 private:
  std::function<void(Context&)> run_;
};

class RefTest : public ::testing::Test {
 protected:
  void settle() {
    while (system_.step() > 0) {
    }
  }
  void on_worker(std::uint16_t worker, std::function<void(Context&)> run) {
    const auto runner =
        system_.spawn([run = std::move(run)](Context&) { return Runner{run}; }, {.worker = worker});
    ASSERT_EQ(runner.try_send(Go{}), SendResult::ok);
    settle();
  }

  Log log_;
  System system_{{.workers = 2, .drive = Drive::manual}};
  RefTo<Swap, Quote> market_ =
      system_.spawn("market", [this](Context&) { return Market{log_}; }, {.worker = 0});
};

TEST_F(RefTest, AVariantGoesToTheHandlerOfWhatItHolds) {
  const MarketMessage kept{Swap{1}};
  MarketMessage moved{Quote{"a text that is longer than any small string"}};
  EXPECT_EQ(market_.try_send(kept), SendResult::ok);
  EXPECT_EQ(market_.try_send(std::move(moved)), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"swap 1", "quote a text that is longer than any small string"}));
}

TEST_F(RefTest, AVariantThatAnActorSendsTellsWhoSentIt) {
  struct Receiver {
    using Handles = MessagesOf<MarketMessage>;
    ActorId* sender;
    void handle(const Swap&, Context& context) { *sender = context.sender().id(); }
    void handle(const Quote&) { ADD_FAILURE() << "it held a swap"; }
  };
  ActorId sender;
  const auto receiver = system_.spawn([&](Context&) { return Receiver{&sender}; });
  const auto runner = system_.spawn([&](Context&) {
    return Runner{[receiver](Context& context) {
      EXPECT_EQ(context.try_send(receiver, MarketMessage{Swap{1}}), SendResult::ok);
    }};
  });
  EXPECT_EQ(runner.try_send(Go{}), SendResult::ok);
  settle();
  EXPECT_EQ(sender, runner.id());
}

// Promises: D9
TEST_F(RefTest, AnUntypedRefTakesEveryMessageAndTheUnhandledOnesAreDeadLetters) {
  const AnyRef any{market_};
  EXPECT_EQ(any.try_send(Swap{1}), SendResult::ok);
  EXPECT_EQ(any.try_send(Go{}), SendResult::ok);
  EXPECT_EQ((any.as<Swap>().try_send(Swap{2})), SendResult::ok);
  settle();
  EXPECT_EQ(log_, (Log{"swap 1", "swap 2"}));
  EXPECT_EQ(system_.dead_letters().count(DeadLetterReason::unhandled), 1U);
  EXPECT_EQ(AnyRef{}.try_send(Swap{3}), SendResult::closed);
  EXPECT_FALSE(AnyRef{});
}

TEST_F(RefTest, AReceiverLearnsWhoSentItAndMayAnswer) {
  struct Echo {
    using Handles = Messages<Swap>;
    void handle(const Swap& swap, Context& context) {
      const AnyRef sender = context.sender();
      if (sender) {
        EXPECT_EQ(sender.try_send(Swap{swap.number + 1}), SendResult::ok);
      }
    }
  };
  struct Asking {
    using Handles = Messages<Swap, Go>;
    RefTo<Swap> echo;
    Log* log;
    void handle(const Go&, Context& context) {
      EXPECT_EQ(context.try_send(echo, Swap{1}), SendResult::ok);
      EXPECT_EQ(echo.try_send(Swap{10}), SendResult::ok);  // Without a sender.
    }
    void handle(const Swap& swap) { log->push_back(std::to_string(swap.number)); }
  };
  for (const std::uint16_t worker : {0, 1}) {
    const auto echo = system_.spawn([](Context&) { return Echo{}; }, {.worker = 0});
    const auto asking =
        system_.spawn([&](Context&) { return Asking{echo, &log_}; }, {.worker = worker});
    EXPECT_EQ(asking.try_send(Go{}), SendResult::ok);
    settle();
  }
  EXPECT_EQ(log_, (Log{"2", "2"}));
}

// Promises: D4
TEST_F(RefTest, ADirectSenderMakesTheSameChecks) {
  for (const std::uint16_t worker : {0, 1}) {
    log_.clear();
    on_worker(worker, [&](Context& context) {
      const auto direct = context.direct(market_);
      for (int number = 0; number < 3; ++number)
        EXPECT_EQ(direct.try_send(Swap{number}), SendResult::ok);
    });
    EXPECT_EQ(log_, (Log{"swap 0", "swap 1", "swap 2"}));
  }
  on_worker(0, [&](Context& context) {
    const auto direct = context.direct(market_);
    for (int number = 0; number < 1024; ++number)
      EXPECT_EQ(direct.try_send(Swap{number}), SendResult::ok);
    EXPECT_EQ(direct.try_send(Swap{}), SendResult::full);
  });
  system_.stop(market_);
  settle();
  for (const std::uint16_t worker : {0, 1}) {
    on_worker(worker, [&](Context& context) {
      EXPECT_EQ(context.direct(market_).try_send(Swap{}), SendResult::closed);
    });
  }
  EXPECT_EQ(DirectSender<Swap>{}.try_send(Swap{}), SendResult::closed);
}

// Keeps what it gets; another only looks.
class Keeper {
 public:
  using Handles = Messages<Book>;
  explicit Keeper(std::vector<Shared<Book>>& kept) : kept_{&kept} {}
  void handle(const Shared<Book>& book) { kept_->push_back(book); }

 private:
  std::vector<Shared<Book>>* kept_;
};
class Looker {
 public:
  using Handles = Messages<Book>;
  explicit Looker(std::vector<const Book*>& seen) : seen_{&seen} {}
  void handle(const Book& book) { seen_->push_back(&book); }

 private:
  std::vector<const Book*>* seen_;
};

// Promises: D2
TEST_F(RefTest, ASharedMessageReachesManyWithoutACopyAndLivesAsLongAsAnyoneKeepsIt) {
  const auto owned = std::make_shared<int>(0);
  std::vector<Shared<Book>> kept;
  std::vector<const Book*> seen;
  std::vector<RefTo<Book>> readers;
  for (const std::uint16_t worker : {0, 1}) {
    readers.push_back(system_.spawn([&](Context&) { return Keeper{kept}; }, {.worker = worker}));
    readers.push_back(system_.spawn([&](Context&) { return Looker{seen}; }, {.worker = worker}));
  }
  const auto send_all = [&] {
    const auto book = Shared<Book>::make(Book{owned, {}});
    const SendCounts counts = try_send_each(readers, book);
    EXPECT_EQ(counts.ok, 4U);
    EXPECT_EQ(counts.full + counts.closed, 0U);
  };
  on_worker(1, [&](Context&) { send_all(); });  // From a worker, and from a foreign thread.
  send_all();
  settle();
  ASSERT_EQ(kept.size(), 4U);
  ASSERT_EQ(seen.size(), 4U);
  for (const Shared<Book>& book : kept) {
    EXPECT_TRUE(std::find(seen.begin(), seen.end(), &*book) != seen.end());
    EXPECT_EQ(book.use_count(), 2U);
  }
  EXPECT_EQ(owned.use_count(), 3);  // Two books.
  kept.clear();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(RefTest, AMessageThatWasSentByItselfMayBeKeptToo) {
  const auto owned = std::make_shared<int>(0);
  std::vector<Shared<Book>> kept;
  const auto keeper = system_.spawn([&](Context&) { return Keeper{kept}; }, {.worker = 1});
  EXPECT_EQ(keeper.try_send(Book{owned, {}}), SendResult::ok);
  on_worker(0, [&](Context&) { EXPECT_EQ(keeper.try_send(Book{owned, {}}), SendResult::ok); });
  EXPECT_EQ(owned.use_count(), 3);
  EXPECT_EQ(kept.size(), 2U);
  kept.clear();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(RefTest, ASharedMessageMayOutliveItsSystem) {
  const auto owned = std::make_shared<int>(0);
  std::vector<Shared<Book>> kept;
  {
    System system{{.drive = Drive::manual}};
    const auto runner = system.spawn([&](Context&) {
      return Runner{[&](Context&) { kept.push_back(Shared<Book>::make(Book{owned, {}})); }};
    });
    EXPECT_EQ(runner.try_send(Go{}), SendResult::ok);
    while (system.step() > 0) {
    }
  }
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0]->owned, owned);
  kept.clear();
  EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace mycelium
