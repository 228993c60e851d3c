#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "arbitrage/market/frame.hpp"
#include "mycelium/base/result.hpp"

namespace arbitrage {

/// How a market's depth updates follow each other.
enum class DepthChain : std::uint8_t {
  spot,     ///< The next update has `U <= previous u + 1`.
  futures,  ///< The next update has `pu == previous u`.
};

/// What became of one depth update.
enum class UpdateOutcome : std::uint8_t {
  apply,     ///< It is the next one: apply it to the book.
  buffered,  ///< Kept until a snapshot comes.
  dropped,   ///< Older than the book: nothing to do.
  gap,  ///< Updates before it are missing: the book is stale, ask for a snapshot. It was buffered.
};

/// What happened so far, in updates.
struct DepthSyncCounts {
  std::uint64_t applied = 0;  ///< Handed out to be applied.
  std::uint64_t dropped = 0;  ///< Older than the snapshot or the book.
  std::uint64_t gaps = 0;     ///< Times that updates were missing.
  std::uint64_t discarded =
      0;  ///< Buffered, then given up: the buffer was full, or a gap came behind them.
};

/// Joins a depth stream to a snapshot so that no update is lost, doubled or applied out of order.
///
/// Pure logic, no I/O: the caller feeds it what arrives and applies what it is told to.
/// ```
/// switch (sync.on_update(update)) {
///   case UpdateOutcome::apply: book.apply(update); break;
///   case UpdateOutcome::gap: request_snapshot(); break;     // needs_snapshot() is true from here
///   on
///   ...
/// }
/// if (auto ok = sync.on_snapshot(snapshot)) {
///   book.reset(snapshot);
///   while (const DepthUpdate* update = sync.next_buffered()) book.apply(*update);
/// }
/// ```
/// Rules (Binance's "How to manage a local order book correctly", L = the snapshot's lastUpdateId):
/// - without a snapshot updates are buffered; the buffer is always one unbroken chain;
/// - spot: updates with `u <= L` are dropped, the first one kept has `U <= L + 1`;
/// - futures: updates with `u < L` are dropped, the first one kept has `U <= L <= u`, or `pu <= L`:
/// ids between pu and
///   U belong to other instruments, and a venue that answers with its last update's id goes on with
///   `pu == L`;
/// - then every update must follow the one before it (see DepthChain), or the book is stale.
///
/// Thread-safety: none. Memory: the buffered updates, bounded by the two limits below and reused.
class DepthSync {
 public:
  /// Updates kept while there is no snapshot: over 30 s of the busiest stream seen (100 updates/s).
  /// The oldest are given up when it is full; a later snapshot covers them.
  static constexpr std::size_t kBufferedUpdatesMax = 4096;
  /// Levels kept in all buffered updates together: 16 MiB.
  static constexpr std::size_t kBufferedLevelsMax = std::size_t{1} << 20;

  explicit DepthSync(DepthChain chain) : chain_{chain} {}

  /// The next update of the stream. Requires: next_buffered() has been called until it returned
  /// nullptr.
  [[nodiscard]] UpdateOutcome on_update(const DepthUpdate& update);

  /// A snapshot arrived. When accepted: reset the book to it, then apply all of next_buffered().
  /// Errors (the snapshot is to be ignored, the state is unchanged): `crossed_snapshot` (best bid
  /// >= best ask), `bad_snapshot` (levels not strictly sorted, a price or quantity that is not
  /// positive), `old_snapshot` (it does not reach the first buffered update: fetch another),
  /// `unneeded_snapshot` (the book is in step; ask needs_snapshot() first). O(levels).
  [[nodiscard]] mycelium::Result<void> on_snapshot(const DepthSnapshot& snapshot);

  /// The next buffered update to apply after an accepted snapshot, oldest first; nullptr when there
  /// is none. Valid until the next call.
  [[nodiscard]] const DepthUpdate* next_buffered();

  /// True until a snapshot is accepted, and again after a gap.
  [[nodiscard]] bool needs_snapshot() const { return !synchronised_; }
  /// The id of the book: the last update handed out, or the snapshot's own id before the first.
  [[nodiscard]] std::uint64_t last_update_id() const { return last_update_id_; }
  [[nodiscard]] const DepthSyncCounts& counts() const { return counts_; }

 private:
  [[nodiscard]] bool is_older(const DepthUpdate& update) const;
  [[nodiscard]] bool follows(const DepthUpdate& update, std::uint64_t id) const;
  [[nodiscard]] bool bridges(const DepthUpdate& update, std::uint64_t id) const;
  [[nodiscard]] const DepthUpdate& buffered(std::size_t index) const;
  void buffer(const DepthUpdate& update);
  void forget_first();

  DepthChain chain_;
  bool synchronised_ = false;
  bool bridged_ = false;  // The first update after the snapshot has been handed out.
  std::uint64_t last_update_id_ = 0;
  DepthSyncCounts counts_;
  // A ring: storage of forgotten updates is reused. Invariant: each buffered update follows the one
  // before it.
  std::vector<DepthUpdate> ring_;
  std::size_t first_ = 0;
  std::size_t buffered_count_ = 0;
  std::size_t buffered_levels_ = 0;
};

}  // namespace arbitrage
