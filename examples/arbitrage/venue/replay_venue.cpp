#include "arbitrage/venue/replay_venue.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/market/order_book.hpp"

namespace arbitrage {

namespace {

using mycelium::fail;
using mycelium::Result;

bool has_price(const std::vector<Level>& levels, Decimal price) {
  return std::ranges::any_of(levels, [&](const Level& level) { return level.price == price; });
}

/// The book at the venue. Where the recorder missed updates it goes on with what it has, because a
/// venue never says that it does not know its book; the next recorded snapshot makes it exact
/// again.
class VenueBook {
 public:
  void operator()(const DepthSnapshot* snapshot) {
    if (!sync_) {
      // Whether this is a spot or a futures market shows with the first update.
      first_snapshot_ = *snapshot;
    } else if (!sync_->on_snapshot(*snapshot)) {
      return;
    }
    book_.reset(*snapshot);
    last_update_id_ = snapshot->last_update_id;
    known_ = true;
    while (const DepthUpdate* update = sync_ ? sync_->next_buffered() : nullptr) apply(*update);
  }

  void operator()(const DepthUpdate* update) {
    if (!sync_) {
      sync_.emplace(update->previous_id ? DepthChain::futures : DepthChain::spot);
      if (known_) known_ = sync_->on_snapshot(first_snapshot_).has_value();
    }
    const UpdateOutcome outcome = sync_->on_update(*update);
    if (known_ && outcome != UpdateOutcome::dropped) apply(*update);
  }

  void operator()(const Trade& /*trade*/) {}
  void operator()(const BookTicker& /*ticker*/) {}

  [[nodiscard]] bool known() const { return known_; }
  /// Updates are missing since the last recorded snapshot.
  [[nodiscard]] bool has_gap() const { return known_ && sync_ && sync_->needs_snapshot(); }
  [[nodiscard]] std::string json() const { return snapshot_json(book_, last_update_id_); }

 private:
  void apply(const DepthUpdate& update) {
    if (update.last_id < last_update_id_) return;
    book_.apply(update);
    last_update_id_ = update.last_id;
    uncross(update);
  }

  /// After a gap a level may be left whose removal was missed: the newer of two crossed levels is
  /// right.
  void uncross(const DepthUpdate& update) {
    for (;;) {
      const auto bid = book_.best_bid();
      const auto ask = book_.best_ask();
      if (!bid || !ask || bid->price < ask->price) return;
      const bool bid_is_new = has_price(update.bids, bid->price);
      book_.apply(bid_is_new ? Side::ask : Side::bid,
                  Level{.price = bid_is_new ? ask->price : bid->price, .quantity = 0});
    }
  }

  OrderBook book_;
  std::optional<DepthSync> sync_;
  DepthSnapshot first_snapshot_;
  std::uint64_t last_update_id_ = 0;
  bool known_ = false;
};

/// Whether one of the next lines is a depth snapshot.
bool snapshot_follows(Recording& recording, FrameParser& parser) {
  // A recorder fetches the snapshot right after it connects: within 60 lines in the recordings
  // known.
  constexpr int kLinesMax = 10'000;
  for (int line = 0; line < kLinesMax && recording.next_time(); ++line) {
    const auto frame = recording.next();
    if (!frame) continue;
    const auto parsed = parser.parse(frame->json);
    if (parsed && std::holds_alternative<const DepthSnapshot*>(*parsed)) return true;
  }
  return false;
}

}  // namespace

Result<std::unique_ptr<ReplayVenue>> ReplayVenue::open(std::vector<std::filesystem::path> files) {
  auto recording = Recording::open(std::move(files));
  if (!recording) return std::unexpected{std::move(recording).error()};
  return std::make_unique<ReplayVenue>(std::move(*recording));
}

Result<std::string> ReplayVenue::snapshot() {
  auto again = Recording::open(recording_.files());
  if (!again) return std::unexpected{std::move(again).error()};
  FrameParser parser;
  VenueBook book;
  while (again->lines_read() < recording_.lines_read() && again->next_time()) {
    const auto line = again->next();
    if (!line) continue;
    if (const auto frame = parser.parse(line->json)) std::visit(book, *frame);
  }
  if (!book.known()) {
    return fail("no_snapshot",
                "the recording has no depth snapshot up to here; wait for the one that it plays");
  }
  if (book.has_gap() && snapshot_follows(*again, parser)) {
    return fail("no_snapshot",
                "updates are missing here and a recorded snapshot follows; wait for that one");
  }
  return book.json();
}

}  // namespace arbitrage
