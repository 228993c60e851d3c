#include "mycelium/runtime/block_pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

struct Parcel {
  int number;
  std::shared_ptr<int> owned;
};
MYCELIUM_MESSAGE(Parcel, 81, "test.parcel", number, owned)

struct alignas(64) Sheet {
  std::array<std::uint64_t, 40> cells;
};
MYCELIUM_MESSAGE(Sheet, 82, "test.sheet", cells)

struct alignas(4096) Page {
  std::array<std::byte, 4096> bytes;
};
MYCELIUM_MESSAGE(Page, 83, "test.page", bytes)

template <typename M>
M* make(void* memory, M&& message) {
  return std::construct_at(static_cast<M*>(memory), std::forward<M>(message));
}

std::uintptr_t address(const void* payload) { return reinterpret_cast<std::uintptr_t>(payload); }

// A hand-over of one producer to one consumer: waits where it is full or empty.
class Belt {
 public:
  static constexpr std::size_t kSlots = 64;

  void put(void* payload) {
    std::atomic<void*>& slot = slots_[put_++ % kSlots];
    while (void* held = slot.load(std::memory_order_acquire))
      slot.wait(held, std::memory_order_acquire);
    slot.store(payload, std::memory_order_release);
    slot.notify_one();
  }
  void* get() {
    std::atomic<void*>& slot = slots_[got_++ % kSlots];
    slot.wait(nullptr, std::memory_order_acquire);
    void* payload = slot.load(std::memory_order_acquire);
    slot.store(nullptr, std::memory_order_release);
    slot.notify_one();
    return payload;
  }

 private:
  std::array<std::atomic<void*>, kSlots> slots_{};
  std::size_t put_ = 0;
  std::size_t got_ = 0;
};

TEST(BlockPool, UsesABlockAgain) {
  BlockPool pool;
  void* first = pool.take_bytes(100);
  BlockPool::release(first, &pool);
  EXPECT_EQ(pool.take_bytes(65), first) << "both are of the size 128";
  void* second = pool.take_bytes(100);
  EXPECT_NE(second, first);
  EXPECT_EQ(pool.heap_blocks(), 2U);
  BlockPool::release(first, &pool);
  BlockPool::release(second, &pool);
}

TEST(BlockPool, HasASizeForEveryNumberOfBytes) {
  BlockPool pool;
  for (const std::size_t bytes : {0UL, 1UL, 63UL, 64UL, 65UL, 128UL, 129UL, 4096UL, 65'535UL,
                                  65'536UL, 65'537UL, 1'000'000UL}) {
    void* payload = pool.take_bytes(bytes);
    EXPECT_EQ(address(payload) % 16, 0U);
    std::memset(payload, 0x5A, bytes);  // Under AddressSanitizer: the bytes are there.
    EXPECT_EQ(BlockPool::references(payload), 1U);
    BlockPool::release(payload, &pool);
  }
  // 0, 1 and 63 bytes use the block of 64; the two largest come from the heap each time.
  EXPECT_EQ(pool.heap_blocks(), 7U);
}

TEST(BlockPool, KeepsAWideAlignment) {
  BlockPool pool;
  std::vector<void*> sheets;
  for (int count = 0; count < 20; ++count) {
    sheets.push_back(make(pool.take(message_type<Sheet>()), Sheet{}));
    EXPECT_EQ(address(sheets.back()) % 64, 0U);
  }
  void* page = make(pool.take(message_type<Page>()), Page{});
  void* plain = make(BlockPool::take_from_heap(message_type<Sheet>()), Sheet{});
  EXPECT_EQ(address(page) % 4096, 0U);
  EXPECT_EQ(address(plain) % 64, 0U);
  EXPECT_EQ(pool.heap_blocks(), 21U);
  for (void* sheet : sheets) BlockPool::release(sheet, &pool);
  BlockPool::release(page, &pool);
  BlockPool::release(plain, &pool);
  // The blocks serve plain bytes and wide messages in turn.
  for (int round = 0; round < 3; ++round) {
    void* bytes = pool.take_bytes(512);
    std::memset(bytes, 0xFF, 512);
    BlockPool::release(bytes, &pool);
    void* sheet = make(pool.take(message_type<Sheet>()), Sheet{});
    EXPECT_EQ(address(sheet) % 64, 0U);
    BlockPool::release(sheet, round == 1 ? nullptr : &pool);
  }
  EXPECT_EQ(pool.heap_blocks(), 21U);
}

TEST(BlockPool, EndsAMessageWithItsLastHolder) {
  const auto owned = std::make_shared<int>(0);
  BlockPool pool;
  for (void* memory :
       {pool.take(message_type<Parcel>()), BlockPool::take_from_heap(message_type<Parcel>())}) {
    Parcel* parcel = make(memory, Parcel{1, owned});
    BlockPool::retain(parcel);
    BlockPool::retain(parcel);
    EXPECT_EQ(BlockPool::references(parcel), 3U);
    BlockPool::release(parcel, &pool);
    BlockPool::release(parcel, nullptr);
    EXPECT_EQ(BlockPool::references(parcel), 1U);
    EXPECT_EQ(owned.use_count(), 2);
    BlockPool::release(parcel, &pool);
    EXPECT_EQ(owned.use_count(), 1);
  }
}

TEST(BlockPool, FreesAnUnconstructedBlockWithoutDestroying) {
  BlockPool pool;
  void* memory = pool.take(message_type<Parcel>());
  std::memset(memory, 0xFF, sizeof(Parcel));  // To destroy this as a Parcel would crash.
  BlockPool::free_unconstructed(memory, &pool);
  EXPECT_EQ(pool.take(message_type<Parcel>()), memory);
  BlockPool::free_unconstructed(memory, nullptr);
  BlockPool::free_unconstructed(BlockPool::take_from_heap(message_type<Parcel>()), nullptr);
}

TEST(BlockPool, TakesBlocksBackThatOthersReleased) {
  BlockPool pool;
  BlockPool other;
  std::vector<void*> blocks;
  for (int count = 0; count < 10; ++count) blocks.push_back(pool.take_bytes(200));
  for (std::size_t index = 0; index < blocks.size(); ++index)
    BlockPool::release(blocks[index], index % 2 == 0 ? nullptr : &other);
  for (void*& block : blocks) block = pool.take_bytes(200);
  EXPECT_EQ(pool.heap_blocks(), 10U);
  EXPECT_EQ(other.heap_blocks(), 0U);
  void* fresh = other.take_bytes(200);
  EXPECT_EQ(other.heap_blocks(), 1U) << "a block goes home, not to who released it";
  BlockPool::release(fresh, &other);
  for (void* block : blocks) BlockPool::release(block, &pool);
}

TEST(BlockPool, DoesNotUseTheHeapInTheSteadyState) {
  BlockPool pool;
  Random random{1};
  std::array<void*, 64> held{};
  const auto exchange = [&](std::uint64_t times) {
    for (std::uint64_t time = 0; time < times; ++time) {
      void*& slot = held[random.below(held.size())];
      if (slot != nullptr) BlockPool::release(slot, random.below(4) == 0 ? nullptr : &pool);
      slot = pool.take_bytes(random.below(5000));
    }
  };
  // Given as many blocks of each size as can ever be out
  for (std::size_t bytes = 64; bytes <= 8192; bytes *= 2) {
    for (void*& slot : held) slot = pool.take_bytes(bytes);
    for (void*& slot : held) BlockPool::release(slot, &pool);
  }
  held.fill(nullptr);
  const std::size_t before = pool.heap_blocks();
  // When millions come and go
  exchange(3'000'000);
  // Then the heap has not been asked
  EXPECT_EQ(pool.heap_blocks(), before);
  for (void* block : held) BlockPool::release(block, &pool);
}

TEST(BlockPool, StaysBoundedWhenOneThreadTakesAndAnotherReleases) {
  constexpr int kParcels = 50'000;
  const auto owned = std::make_shared<int>(0);
  BlockPool pool;
  Belt belt;
  std::int64_t sum = 0;
  std::jthread consumer{[&] {
    BlockPool here;
    for (int count = 0; count < kParcels; ++count) {
      auto* parcel = static_cast<Parcel*>(belt.get());
      sum += parcel->number;
      BlockPool::release(parcel, count % 2 == 0 ? &here : nullptr);
    }
  }};
  for (int number = 0; number < kParcels; ++number)
    belt.put(make(pool.take(message_type<Parcel>()), Parcel{number, owned}));
  consumer.join();
  EXPECT_EQ(sum, std::int64_t{kParcels} * (kParcels - 1) / 2);
  EXPECT_EQ(owned.use_count(), 1);
  // On the belt, in the hand of each thread; a block on its way home is in the consumer's hand.
  EXPECT_LE(pool.heap_blocks(), Belt::kSlots + 2);
}

TEST(BlockPool, EndsASharedMessageOnceWhicheverThreadIsLast) {
  constexpr int kRounds = 2000;
  const auto owned = std::make_shared<int>(0);
  BlockPool pool;
  std::array<Belt, 3> belts;
  {
    std::vector<std::jthread> readers;
    for (Belt& belt : belts) {
      readers.emplace_back([&belt] {
        BlockPool here;
        for (int round = 0; round < kRounds; ++round) {
          auto* parcel = static_cast<Parcel*>(belt.get());
          EXPECT_EQ(parcel->number, round);
          BlockPool::release(parcel, &here);
        }
      });
    }
    for (int round = 0; round < kRounds; ++round) {
      Parcel* parcel = make(pool.take(message_type<Parcel>()), Parcel{round, owned});
      for (Belt& belt : belts) {
        BlockPool::retain(parcel);
        belt.put(parcel);
      }
      BlockPool::release(parcel, &pool);
    }
  }
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_LE(pool.heap_blocks(), belts.size() * (Belt::kSlots + 1) + 1);
}

// Run under AddressSanitizer this also says that nothing leaks and nothing is freed twice.
TEST(BlockPool, BlocksOutliveTheirPool) {
  const auto owned = std::make_shared<int>(0);
  std::optional<BlockPool> pool{std::in_place};
  std::vector<Parcel*> kept;
  for (int number = 0; number < 8; ++number)
    kept.push_back(make(pool->take(message_type<Parcel>()), Parcel{number, owned}));
  Sheet* sheet = make(pool->take(message_type<Sheet>()), Sheet{});
  // Some are back before the end, in either way.
  BlockPool::release(kept[0], &*pool);
  BlockPool::release(kept[1], nullptr);
  pool.reset();
  BlockPool other;
  for (std::size_t index = 2; index < kept.size(); ++index) {
    EXPECT_EQ(kept[index]->number, static_cast<int>(index));
    BlockPool::release(kept[index], index % 2 == 0 ? nullptr : &other);
  }
  sheet->cells.fill(1);
  BlockPool::release(sheet, nullptr);
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(BlockPool, EndsWhileOtherThreadsRelease) {
  for (int round = 0; round < 300; ++round) {
    const auto owned = std::make_shared<int>(0);
    std::optional<BlockPool> pool{std::in_place};
    std::array<std::vector<void*>, 2> halves;
    for (int number = 0; number < 40; ++number)
      halves[static_cast<std::size_t>(number % 2)].push_back(
          make(pool->take(message_type<Parcel>()), Parcel{number, owned}));
    std::atomic<bool> started{false};
    {
      std::vector<std::jthread> releasing;
      for (const auto& half : halves) {
        releasing.emplace_back([&half, &started] {
          for (void* parcel : half) {
            BlockPool::release(parcel, nullptr);
            started.store(true, std::memory_order_relaxed);
            started.notify_one();
          }
        });
      }
      started.wait(false, std::memory_order_relaxed);
      pool.reset();
    }
    EXPECT_EQ(owned.use_count(), 1);
  }
}

}  // namespace
}  // namespace mycelium
