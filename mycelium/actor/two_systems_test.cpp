#include <gtest/gtest.h>

#include <cstdint>
#include <latch>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Letter {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Letter, 191, "test.letter", number)

// Notes letters and sends each on, with the next number, to the pen friend in the other system.
class PenFriend {
 public:
  using Handles = Messages<Letter>;
  PenFriend(std::vector<std::uint64_t>& letters, RefTo<Letter> other, std::latch& done)
      : letters_{&letters}, other_{other}, done_{&done} {}
  void handle(const Letter& letter) {
    letters_->push_back(letter.number);
    if (letter.number == kLetters) return done_->count_down();
    EXPECT_EQ(other_.try_send(Letter{letter.number + 1}), SendResult::ok);
  }
  static constexpr std::uint64_t kLetters = 2001;

 private:
  std::vector<std::uint64_t>* letters_;
  RefTo<Letter> other_;
  std::latch* done_;
};

// Hands letters on to whom it has been told of later, so that two systems can know each other.
class Postbox {
 public:
  using Handles = Messages<Letter>;
  Postbox(const RefTo<Letter>& target, std::latch& addressed)
      : target_{&target}, addressed_{&addressed} {}
  void handle(const Letter& letter) {
    addressed_->wait();
    EXPECT_EQ(target_->try_send(letter), SendResult::ok);
  }

 private:
  const RefTo<Letter>* target_;
  std::latch* addressed_;
};

// Promises: D1, D2
TEST(TwoSystems, SendToEachOtherInOneProcess) {
  std::vector<std::uint64_t> left_letters;
  std::vector<std::uint64_t> right_letters;
  std::latch done{1};
  std::latch addressed{1};
  RefTo<Letter> right_address;
  System left{{.workers = 2}};
  System right{{.workers = 2}};
  const auto postbox = left.spawn(
      "postbox", [&](Context&) { return Postbox{right_address, addressed}; }, {.worker = 1});
  const auto left_friend = left.spawn(
      "friend", [&](Context&) { return PenFriend{left_letters, postbox, done}; }, {.worker = 0});
  const auto right_friend =
      right.spawn("friend", [&](Context&) { return PenFriend{right_letters, left_friend, done}; });
  right_address = right_friend;
  addressed.count_down();
  ASSERT_EQ(right_friend.try_send(Letter{0}), SendResult::ok);
  done.wait();
  EXPECT_TRUE(left.shutdown().empty());
  EXPECT_TRUE(right.shutdown().empty());
  EXPECT_EQ(left_letters.size() + right_letters.size(), PenFriend::kLetters + 1);
  for (std::size_t index = 0; index < left_letters.size(); ++index)
    EXPECT_EQ(left_letters[index], 2 * index + 1);
  for (std::size_t index = 0; index < right_letters.size(); ++index)
    EXPECT_EQ(right_letters[index], 2 * index);
}

// Promises: D2
TEST(TwoSystems, ADirectSenderFindsTheOtherSystemsActor) {
  // Sends directly to whom it is told, and has a lane to worker 1 of its own system.
  class Caller {
   public:
    using Handles = Messages<Letter>;
    Caller(RefTo<Letter> here, RefTo<Letter> there) : here_{here}, there_{there} {}
    void handle(const Letter& letter, Context& context) {
      EXPECT_EQ(context.direct(here_).try_send(letter), SendResult::ok);
      EXPECT_EQ(context.direct(there_).try_send(letter), SendResult::ok);
    }

   private:
    RefTo<Letter> here_;
    RefTo<Letter> there_;
  };
  System left{{.workers = 2, .drive = Drive::manual}};
  System right{{.workers = 2, .drive = Drive::manual}};
  std::latch done{2};
  std::vector<std::uint64_t> here;
  std::vector<std::uint64_t> there;
  // The same slot and generation in both systems.
  const auto friend_here =
      left.spawn([&](Context&) { return PenFriend{here, {}, done}; }, {.worker = 1});
  const auto friend_there =
      right.spawn([&](Context&) { return PenFriend{there, {}, done}; }, {.worker = 1});
  ASSERT_EQ(friend_here.id(), friend_there.id());
  const auto caller =
      left.spawn([&](Context&) { return Caller{friend_here, friend_there}; }, {.worker = 0});
  ASSERT_EQ(caller.try_send(Letter{PenFriend::kLetters}), SendResult::ok);
  while (left.step() + right.step() > 0) {
  }
  EXPECT_EQ(here.size(), 1U);
  EXPECT_EQ(there.size(), 1U);
}

TEST(TwoSystems, HaveTheirOwnNamesAndTopics) {
  std::vector<std::uint64_t> letters;
  std::latch done{1};
  System left{{.drive = Drive::manual}};
  System right{{.drive = Drive::manual}};
  const auto spawn_in = [&](System& system) {
    return system.spawn("same", [&](Context& context) {
      context.subscribe<Letter>();
      return PenFriend{letters, {}, done};
    });
  };
  spawn_in(left);
  spawn_in(right);
  while (left.step() + right.step() > 0) {
  }
  EXPECT_EQ(left.topic<Letter>().publish(Letter{PenFriend::kLetters}).delivered, 1U);
  while (left.step() + right.step() > 0) {
  }
  EXPECT_EQ(letters.size(), 1U);
}

}  // namespace
}  // namespace mycelium
