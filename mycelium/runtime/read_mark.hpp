#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/base/cache_line.hpp"
#include "mycelium/runtime/process_barrier.hpp"

namespace mycelium {

/// Says whether one thread may be reading what others replace, so that the old can be freed once
/// nobody reads it.
///
/// It is a count, odd while the thread reads. Who reads writes it before and after, and nothing
/// else. Who frees has stored what replaces the old, runs the heavy side of the process's barrier,
/// and looks at all marks (`GracePeriod`): a reader that began before the barrier is seen there,
/// and one that begins behind it finds what is new.
///
/// Thread-safety: a mark belongs to one thread at a time. Memory: a cache line for each thread that
/// reads, as many as there ever were at once; marks are used again and never freed.
class alignas(kFalseSharingBytes) ReadMark {
 public:
  /// A mark that nobody has. Any thread.
  [[nodiscard]] static ReadMark& take();
  /// Requires: its owner does not read.
  void give_back() noexcept;
  /// The calling thread's own, given back when it ends.
  [[nodiscard]] static ReadMark& of_this_thread() {
    ReadMark* const mine = mine_;
    return mine != nullptr ? *mine : take_for_this_thread();
  }

  /// Owner. Requires: it does not read yet.
  void enter() noexcept {
    MYCELIUM_DASSERT(!is_inside(), "a reader enters once");
    advance(std::memory_order_relaxed);
    ProcessBarrier::light();  // Pairs with GracePeriod's: the mark stays before what is read.
  }
  /// Owner.
  void leave() noexcept {
    advance(std::memory_order_release);  // Pairs with GracePeriod: what was read stays before it.
  }
  /// Owner.
  [[nodiscard]] bool is_inside() const noexcept {
    return (count_.load(std::memory_order_relaxed) & 1U) != 0;
  }

 private:
  friend class GracePeriod;
  struct GivesBack;

  [[gnu::noinline]] static ReadMark& take_for_this_thread();
  void advance(std::memory_order order) noexcept {
    count_.store(count_.load(std::memory_order_relaxed) + 1, order);  // Ours alone.
  }

  static inline thread_local constinit ReadMark* mine_ = nullptr;

  std::atomic<std::uint64_t> count_{0};
};

/// The calling thread reads what others replace, as long as this lives: two plain stores. Sections
/// may stand within each other.
class ReadSection {
 public:
  ReadSection() : mark_{ReadMark::of_this_thread()}, is_outermost_{!mark_.is_inside()} {
    if (is_outermost_) mark_.enter();
  }
  ~ReadSection() {
    if (is_outermost_) mark_.leave();
  }
  ReadSection(const ReadSection&) = delete;
  ReadSection& operator=(const ReadSection&) = delete;

 private:
  ReadMark& mark_;
  const bool is_outermost_;
};

/// The time until all who read when it began have stopped reading.
class GracePeriod {
 public:
  /// Over.
  GracePeriod() = default;
  /// From now on. Requires: who begins to read finds nothing any more of what is to be freed.
  [[nodiscard]] static GracePeriod begin();
  /// Any thread, one at a time. Once true it stays so. O(readers that it waits for).
  [[nodiscard]] bool is_over() noexcept;

 private:
  struct Reader {
    const ReadMark* mark;
    std::uint64_t count;  // Odd.
  };
  std::vector<Reader> readers_;
};

/// What has been replaced, kept until nobody reads it any more.
///
///     std::vector<Retired::Item> freed;           // Ends behind the lock.
///     const std::scoped_lock lock{mutex_};
///     retired_.make_room();                       // What may throw is behind us from here on.
///     ...                                         // From here on readers find what is new.
///     retired_.add(std::move(replaced), bytes);
///     freed = retired_.take_free(bytes_in_use);
///
/// Thread-safety: none. Memory: as much as is in use beside it, or 64 KiB, and what readers hold
/// up.
class Retired {
 public:
  using Item = std::shared_ptr<const void>;

  /// For one item. Errors: throws std::bad_alloc.
  void make_room() {
    if (young_.size() == young_.capacity()) young_.reserve(2 * young_.capacity() + 4);
  }
  /// Requires: make_room; who begins to read finds it no more.
  void add(Item item, std::size_t bytes) noexcept {
    young_.push_back(std::move(item));
    young_bytes_ += bytes;
  }
  /// What nobody reads any more, for the caller to end. Looks for it once so many bytes, and
  /// `kBytesWorthIt`, have been added since.
  [[nodiscard]] std::vector<Item> take_free(std::size_t bytes_in_use) noexcept;
  /// Items kept.
  [[nodiscard]] std::size_t count() const noexcept { return young_.size() + old_.size(); }

 private:
  static constexpr std::size_t kBytesWorthIt = std::size_t{64} << 10;  // For a barrier of 16 us.

  std::vector<Item> young_;
  std::size_t young_bytes_ = 0;
  std::vector<Item> old_;  // Waits for the period.
  GracePeriod period_;
};

}  // namespace mycelium
