#include "mycelium/runtime/timer_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Subjects stand for the timers: a queue only hands them back.
using Subjects = std::vector<int>;

constexpr TimerKind kCount{
    .due = [](void* subject, void*) { ++*static_cast<int*>(subject); },
    .discard = [](void* subject, void*) noexcept { --*static_cast<int*>(subject); }};

Instant at(nanoseconds since_start) { return Instant{since_start}; }

std::vector<void*> pop_all_due(TimerQueue& timers, Instant now) {
  std::vector<void*> due;
  while (const auto timer = timers.pop_due(now)) due.push_back(timer->subject);
  return due;
}

// Promises: T1
TEST(TimerQueue, EqualDeadlinesComeDueInArmingOrder) {
  // Given timers that share a deadline
  Subjects subjects(20);
  TimerQueue timers;
  std::vector<void*> armed;
  for (int& subject : subjects) {
    timers.arm(at(milliseconds{10}), kCount, &subject, nullptr);
    armed.push_back(&subject);
  }
  // When time stands a nanosecond short of it, then reaches it
  EXPECT_TRUE(pop_all_due(timers, at(milliseconds{10} - nanoseconds{1})).empty());
  const auto due = pop_all_due(timers, at(milliseconds{10}));
  // Then nothing was early, and arming order decides
  EXPECT_EQ(due, armed);
  EXPECT_TRUE(timers.empty());
}

// Promises: T1
TEST(TimerQueue, APastDeadlineIsDueAtOnce) {
  Subjects subjects(1);
  TimerQueue timers;
  timers.arm(at(milliseconds{-5}), kCount, subjects.data(), nullptr);
  EXPECT_EQ(timers.next_deadline(), at(milliseconds{-5}));
  EXPECT_EQ(pop_all_due(timers, at(nanoseconds{0})).size(), 1U);
}

TEST(TimerQueue, HandsBackWhatWasArmed) {
  int subject = 0;
  int detail = 0;
  TimerQueue timers;
  timers.arm(at(milliseconds{1}), kCount, &subject, &detail);
  const TimerId cancelled = timers.arm(at(milliseconds{2}), kCount, &subject, nullptr);
  const auto due = timers.pop_due(at(milliseconds{1}));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->deadline, at(milliseconds{1}));
  EXPECT_EQ(due->kind, &kCount);
  EXPECT_EQ(due->subject, &subject);
  EXPECT_EQ(due->detail, &detail);
  EXPECT_EQ(subject, 0) << "the queue itself calls nothing";
  due->kind->due(due->subject, due->detail);
  EXPECT_EQ(subject, 1);
  const auto discarded = timers.cancel(cancelled);
  ASSERT_TRUE(discarded);
  EXPECT_EQ(discarded->deadline, at(milliseconds{2}));
  discarded->kind->discard(discarded->subject, discarded->detail);
  EXPECT_EQ(subject, 0);
}

// Promises: T1
TEST(TimerQueue, ACancelledTimerNeverComesDue) {
  Subjects subjects(100);
  TimerQueue timers;
  std::vector<TimerId> ids;
  for (std::size_t index = 0; index < subjects.size(); ++index)
    ids.push_back(timers.arm(at(nanoseconds{static_cast<int>(index * 37 % 100)}), kCount,
                             &subjects[index], nullptr));
  for (std::size_t index = 0; index < ids.size(); index += 2) {
    EXPECT_TRUE(timers.is_armed(ids[index]));
    EXPECT_TRUE(timers.cancel(ids[index]));
    EXPECT_FALSE(timers.is_armed(ids[index]));
  }
  EXPECT_EQ(timers.size(), 50U);
  const auto due = pop_all_due(timers, at(nanoseconds{100}));
  EXPECT_EQ(due.size(), 50U);
  for (void* subject : due) EXPECT_EQ((static_cast<int*>(subject) - subjects.data()) % 2, 1);
}

// Promises: T1
TEST(TimerQueue, AnIdThatFiredOrWasCancelledNamesNoLaterTimer) {
  int subject = 0;
  TimerQueue timers;
  std::vector<TimerId> past;
  for (int round = 0; round < 1000; ++round) {
    const TimerId id = timers.arm(at(nanoseconds{round}), kCount, &subject, nullptr);
    for (const TimerId old : past) {
      ASSERT_NE(old, id);
      ASSERT_FALSE(timers.is_armed(old));
      ASSERT_FALSE(timers.cancel(old));
    }
    ASSERT_TRUE(timers.is_armed(id));
    if (round % 2 == 0) {
      ASSERT_TRUE(timers.cancel(id));
      ASSERT_FALSE(timers.cancel(id)) << "a second time";
    } else {
      ASSERT_TRUE(timers.pop_due(at(nanoseconds{round})));
    }
    past.push_back(id);
  }
  EXPECT_EQ(timers.slot_count(), 1U) << "all used the same slot";
}

TEST(TimerQueue, TheDefaultIdNamesNoTimer) {
  int subject = 0;
  TimerQueue timers;
  EXPECT_FALSE(timers.is_armed(TimerId{}));
  EXPECT_FALSE(timers.cancel(TimerId{}));
  timers.arm(at(nanoseconds{0}), kCount, &subject, nullptr);
  EXPECT_FALSE(timers.is_armed(TimerId{}));
  EXPECT_FALSE(timers.cancel(TimerId{}));
  EXPECT_FALSE(timers.is_armed(TimerId{1, 1})) << "a slot that was never made";
  EXPECT_EQ(timers.size(), 1U);
}

TEST(TimerQueue, TeardownHandsOutEveryTimerOnce) {
  Subjects subjects(50);
  TimerQueue timers;
  for (int& subject : subjects)
    timers.arm(at(milliseconds{&subject - subjects.data()}), kCount, &subject, nullptr);
  std::set<void*> handed_out;
  while (const auto timer = timers.pop_any()) handed_out.insert(timer->subject);
  EXPECT_EQ(handed_out.size(), 50U);
  EXPECT_TRUE(timers.empty());
}

// A multimap keeps equal deadlines in the order of their insertion, which is the arming order.
class TimerModel {
 public:
  // Arms the next timer on both sides.
  void arm(Instant deadline) {
    const std::size_t number = timers_armed_.size();
    Armed& armed = timers_armed_.emplace_back();
    armed.id = queue_.arm(deadline, kCount, as_pointer(number), nullptr);
    armed.place = by_deadline_.emplace(deadline, number);
    armed.live = true;
  }

  // Cancels one of the latest timers, whether it is still armed or not.
  void cancel(Random& random) {
    if (timers_armed_.empty()) return;
    const std::size_t back = random.below(std::min<std::size_t>(timers_armed_.size(), 400));
    const std::size_t number = timers_armed_.size() - 1 - back;
    Armed& armed = timers_armed_[number];
    ASSERT_EQ(queue_.is_armed(armed.id), armed.live);
    const auto cancelled = queue_.cancel(armed.id);
    ASSERT_EQ(cancelled.has_value(), armed.live);
    if (!armed.live) return;
    ASSERT_EQ(cancelled->subject, as_pointer(number));
    ASSERT_EQ(cancelled->deadline, armed.place->first);
    by_deadline_.erase(armed.place);
    armed.live = false;
  }

  // Takes out what is due on both sides, in order.
  void pop(Instant now) {
    while (const auto timer = queue_.pop_due(now)) {
      ASSERT_FALSE(by_deadline_.empty());
      ASSERT_EQ(timer->deadline, by_deadline_.begin()->first);
      ASSERT_EQ(timer->subject, as_pointer(by_deadline_.begin()->second));
      timers_armed_[by_deadline_.begin()->second].live = false;
      by_deadline_.erase(by_deadline_.begin());
    }
    ASSERT_TRUE(by_deadline_.empty() || by_deadline_.begin()->first > now);
  }

  void compare() const {
    ASSERT_EQ(queue_.size(), by_deadline_.size());
    ASSERT_EQ(queue_.empty(), by_deadline_.empty());
    if (queue_.empty()) return;
    ASSERT_EQ(queue_.next_deadline(), by_deadline_.begin()->first);
  }

  [[nodiscard]] std::size_t size() const { return by_deadline_.size(); }
  [[nodiscard]] std::size_t slot_count() const { return queue_.slot_count(); }

 private:
  using ByDeadline = std::multimap<Instant, std::size_t>;
  struct Armed {
    TimerId id;
    ByDeadline::iterator place;
    bool live = false;
  };

  static void* as_pointer(std::size_t number) { return reinterpret_cast<void*>(number); }

  TimerQueue queue_;
  ByDeadline by_deadline_;
  std::vector<Armed> timers_armed_;
};

// Promises: T1
TEST(TimerQueue, AgreesWithASortedMapUnderRandomUse) {
  // Few timers, where most cancels come late, and many.
  for (const std::uint64_t size_max : {8U, 300U, 5000U}) {
    SCOPED_TRACE(testing::Message() << "seed and most timers: " << size_max);
    Random random{size_max};
    TimerModel model;
    Instant now{};
    std::size_t most = 0;
    for (int operation = 0; operation < 1'000'000 / 3 + 1; ++operation) {
      const std::uint64_t choice = random.below(1000);
      if (choice < 600 && model.size() < size_max) {
        model.arm(now + nanoseconds{random.between(-3, static_cast<std::int64_t>(size_max))});
      } else if (choice < 995) {
        model.cancel(random);
      } else {
        now += nanoseconds{random.between(0, static_cast<std::int64_t>(size_max) / 8)};
        model.pop(now);
      }
      model.compare();
      most = std::max(most, model.size());
      if (HasFatalFailure()) return;
    }
    EXPECT_GE(most, size_max / 8);
    EXPECT_EQ(model.slot_count(), most) << "a slot beyond the most timers armed at once";
  }
}

}  // namespace
}  // namespace mycelium
