#include "mycelium/actor/handlers.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Bid {
  int cents;
};
MYCELIUM_MESSAGE(Bid, 211, "test.bid", cents)

// Converts from a bid: an overload that an ordinary call might choose.
struct Offer {
  int cents;
};
MYCELIUM_MESSAGE(Offer, 212, "test.offer", cents)

struct Any {
  Any() = default;
  template <typename T>
  explicit(false) Any(const T&) {}
};

// Has tempting wrong overloads beside the right ones.
class Picky {
 public:
  using Handles = Messages<Bid, Offer>;
  explicit Picky(std::vector<std::string>& calls) : calls_{&calls} {}
  void handle(const Bid&) const { calls_->push_back("bid"); }
  void handle(const Offer&, Context& context) { calls_->push_back("offer of " + context.name()); }
  void handle(const Any&) const { calls_->push_back("any"); }
  void handle(int) const { calls_->push_back("int"); }

 private:
  std::vector<std::string>* calls_;
};

TEST(Handlers, AreChosenByTheirExactSignature) {
  std::vector<std::string> calls;
  System system{{.drive = Drive::manual}};
  const auto picky = system.spawn("picky", [&](Context&) { return Picky{calls}; });
  ASSERT_EQ(picky.try_send(Bid{1}), SendResult::ok);
  ASSERT_EQ(picky.try_send(Offer{2}), SendResult::ok);
  while (system.step() > 0) {
  }
  EXPECT_EQ(calls, (std::vector<std::string>{"bid", "offer of picky"}));
}

TEST(Handlers, MayBeConstAndMayTakeTheContext) {
  static_assert(detail::ExactHandler<Picky, void, Bid>::kAlone);
  static_assert(!detail::ExactHandler<Picky, void, Bid>::kTakesContext);
  static_assert(detail::ExactHandler<Picky, void, Offer>::kTakesContext);
  static_assert(!detail::ExactHandler<Picky, void, Offer>::kAlone);
}

TEST(Handlers, AClassWithoutHandlesIsNoActor) {
  struct Nothing {};
  static_assert(ActorClass<Picky>);
  static_assert(!ActorClass<Nothing>);
  static_assert(!ActorClass<int>);
}

// An actor that can neither be copied nor moved.
class Pinned {
 public:
  using Handles = Messages<Bid>;
  explicit Pinned(int& sum) : sum_{&sum} {}
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  void handle(const Bid& bid) { *sum_ += bid.cents; }

 private:
  int* sum_;
};

TEST(Handlers, AnActorNeedNotBeMovable) {
  int sum = 0;
  System system{{.drive = Drive::manual}};
  const auto pinned = system.spawn("pinned", [&](Context&) { return Pinned{sum}; });
  ASSERT_EQ(pinned.try_send(Bid{5}), SendResult::ok);
  while (system.step() > 0) {
  }
  EXPECT_EQ(sum, 5);
}

}  // namespace
}  // namespace mycelium
