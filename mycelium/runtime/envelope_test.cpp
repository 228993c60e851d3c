#include "mycelium/runtime/envelope.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

struct Small {
  int number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Small, 21, "test.small", number, owned)

struct Large {
  int number;
  std::shared_ptr<int> owned;
  std::array<std::byte, 500> filling;
};
MYCELIUM_MESSAGE(Large, 22, "test.large", number, owned, filling)

struct alignas(64) Aligned {
  int number;
};
MYCELIUM_MESSAGE(Aligned, 23, "test.aligned", number)

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(const ThrowsWhenCopied&) { throw std::bad_alloc{}; }
  ThrowsWhenCopied(ThrowsWhenCopied&&) noexcept = default;
};
struct Costly {
  ThrowsWhenCopied part;
};
MYCELIUM_MESSAGE(Costly, 24, "test.costly", part)

int number_in(const Envelope* envelope) {
  return envelope->type->id == 22 ? static_cast<Large*>(envelope->payload)->number
                                  : static_cast<Small*>(envelope->payload)->number;
}

TEST(EnvelopePool, HoldsSmallMessagesInsideAndLargeOnesOutside) {
  EnvelopePool pool;
  Envelope* small = pool.make(Small{1, nullptr});
  Envelope* large = pool.make(Large{2, nullptr, {}});
  EXPECT_EQ(small->payload, small->inline_bytes);
  EXPECT_NE(large->payload, static_cast<void*>(large->inline_bytes));
  EXPECT_EQ(number_in(small), 1);
  EXPECT_EQ(number_in(large), 2);
  pool.release(small);
  pool.release(large);
}

TEST(EnvelopePool, KeepsAWideAlignment) {
  EnvelopePool pool;
  Envelope* made = pool.make(Aligned{5});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(made->payload) % 64, 0U);
  Envelope* moved = pool.move_from(*made->type, made->payload);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(moved->payload) % 64, 0U);
  EXPECT_EQ(static_cast<Aligned*>(moved->payload)->number, 5);
  pool.release(made);
  pool.release(moved);
}

TEST(EnvelopePool, EndsEveryMessageOnce) {
  // Given an owner that every message shares
  const auto owned = std::make_shared<int>(0);
  {
    EnvelopePool pool;
    Envelope* made = pool.make(Small{1, owned});
    Small source{2, owned};
    Envelope* moved = pool.move_from(message_type<Small>(), &source);
    Envelope* large =
        pool.move_from(message_type<Large>(), std::make_unique<Large>(Large{3, owned, {}}).get());
    Envelope* adopted =
        pool.adopt_block(message_type<Large>(), pool.make_block(Large{4, owned, {}}));
    EXPECT_EQ(owned.use_count(), 5);
    EXPECT_EQ(source.owned, nullptr);
    // When all are released
    for (Envelope* envelope : {made, moved, large, adopted}) pool.release(envelope);
    // Then only the owner itself is left
    EXPECT_EQ(owned.use_count(), 1);
  }
}

TEST(EnvelopePool, DoesNotGrowInTheSteadyState) {
  EnvelopePool pool;
  Random random{1};
  std::deque<Envelope*> waiting;
  const auto exchange_many = [&] {
    for (int step = 0; step < 20'000; ++step) {
      if (waiting.size() < 700 && random.below(2) == 0) {
        waiting.push_back(pool.make(Small{step, nullptr}));
      } else if (!waiting.empty()) {
        pool.release(waiting.front());
        waiting.pop_front();
      }
    }
  };
  while (waiting.size() < 700) waiting.push_back(pool.make(Small{0, nullptr}));
  const std::size_t slabs = pool.slab_count();
  EXPECT_EQ(slabs, 3U);  // 700 of 256 each.
  exchange_many();
  EXPECT_EQ(pool.slab_count(), slabs);
  for (Envelope* envelope : waiting) pool.release(envelope);
}

TEST(EnvelopePool, LosesNoEnvelopeToACopyThatThrows) {
  EnvelopePool pool;
  const Costly costly{};
  for (int attempt = 0; attempt < 1000; ++attempt)
    EXPECT_THROW(static_cast<void>(pool.make(costly)), std::bad_alloc);
  EXPECT_LE(pool.slab_count(), 1U);
}

// Promises: D1
TEST(EnvelopeList, IsFirstInFirstOut) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random{seed};
    EnvelopePool pool;
    EnvelopeList list;
    std::deque<int> model;
    for (int step = 0; step < 2000; ++step) {
      if (random.below(2) == 0) {
        list.push_back(pool.make(Small{step, nullptr}));
        model.push_back(step);
      } else {
        Envelope* envelope = list.pop_front();
        ASSERT_EQ(envelope == nullptr, model.empty());
        if (envelope == nullptr) continue;
        ASSERT_EQ(number_in(envelope), model.front()) << "seed " << seed;
        model.pop_front();
        pool.release(envelope);
      }
      ASSERT_EQ(list.empty(), model.empty());
    }
    while (Envelope* envelope = list.pop_front()) pool.release(envelope);
  }
}

}  // namespace
}  // namespace mycelium
