#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arbitrage/venue/simulated_book.hpp"
#include "arbitrage/venue/simulated_frames.hpp"
#include "arbitrage/venue/simulated_instrument.hpp"
#include "arbitrage/venue/simulated_price.hpp"
#include "mycelium/base/random.hpp"

namespace arbitrage::simulated {

/// The matching engine of one instrument with its order flow, driven event by event on simulated
/// time.
///
/// An event is one of: an action at the top of the book (an order, a cancel, a market order, or the
/// price following the fair price through levels), a depth frame that falls due, or the answer to
/// the snapshot request with which a recording begins. Each event leaves at least one frame. Every
/// change of the book takes the next update id; on futures ids have holes, since other instruments
/// share them. The book never crosses and never has less than `levels_min` levels a side between
/// events.
///
/// Copyable: a copy goes on with the same future. Thread-safety: none. Memory: grows with the
/// largest frame, then stays. Below 1 us per frame.
class SimulatedMarket {
 public:
  struct Frame {
    std::int64_t time_ns = 0;
    std::string_view json;
  };

  SimulatedMarket(const Instrument& instrument, std::uint64_t seed, std::int64_t start_ns);

  /// When the next event happens; its first frame has exactly this time. O(1), changes nothing.
  std::int64_t next_event_ns() const;

  /// Lets the next event happen and forgets the frames of the one before.
  void run_event();

  std::size_t frame_count() const { return frames_.size(); }
  /// A frame of the last event. Valid until the next event. Requires: index < frame_count().
  Frame frame(std::size_t index) const;

  /// The REST answer for the book as it is now, all levels.
  std::string snapshot() const;

  const SimulatedBook& book() const { return book_; }
  std::uint64_t last_update_id() const { return last_id_; }

 private:
  struct FrameSpan {
    std::int64_t time_ns = 0;
    std::size_t begin = 0;
    std::size_t bytes = 0;
  };

  void open_book();
  void act();
  void move_price(Side up_side);
  void market_order();
  void change_top();
  void improve_top(Side side);
  void change_deep_levels(std::int64_t count);
  void change_deep_level();
  void settle_sizes();

  void publish_depth();
  void publish_trade(Side maker, const BookLevel& fill);
  void publish_ticker();
  void deliver_snapshot();
  void ask_for_snapshot();
  void finish_frame(std::size_t begin);

  void change(Side side, std::int64_t price, std::int64_t quantity);
  void change_rank(Side side, std::size_t rank, std::int64_t quantity);
  void take_id(bool of_the_top);
  std::int64_t fair_tick(Side side) const;
  std::int64_t skewed(std::int64_t mean);
  std::int64_t level_quantity();
  std::int64_t until_next_action();
  std::int64_t until_next_depth();
  VenueTime venue_time() const;

  Instrument instrument_;
  FrameWriter writer_;
  FairPrice fair_price_;
  mycelium::Random random_;
  SimulatedBook book_;
  std::int64_t move_threshold_e4_;

  std::int64_t now_ns_;
  std::int64_t frame_time_ns_;  // Of the last frame; times never decrease.
  std::int64_t next_action_ns_;
  std::int64_t next_depth_ns_;
  std::int64_t snapshot_request_ns_;
  std::int64_t snapshot_delivery_ns_;
  std::int64_t fair_e4_ = 0;  // The price the order flow follows, as of the last action.

  std::uint64_t last_id_;           // Of the newest change.
  std::uint64_t top_id_ = 0;        // Of the newest change of a best level.
  std::uint64_t first_new_id_ = 0;  // Of the first change no depth frame has told yet.
  std::uint64_t depth_id_;          // Where the last depth frame ended.
  std::uint64_t trade_id_;

  std::string first_snapshot_;
  TextBuffer text_;
  std::vector<FrameSpan> frames_;
};

}  // namespace arbitrage::simulated
