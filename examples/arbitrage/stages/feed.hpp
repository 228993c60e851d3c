#pragma once

#include <cstdint>
#include <memory>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/messages.hpp"
#include "arbitrage/stages/feed_line.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/bus/outbox.hpp"

namespace arbitrage {

/// The feed handler of one instrument: reads raw frames, parses them, keeps the depth stream in
/// step with its snapshots, and publishes what the book builder needs.
///
/// Never reads past its grant of recorded time, nor while something that it derived has found no
/// room. A line that is no frame is counted and the stream goes on; when updates are missing it
/// asks the venue for a snapshot. A restart connects again: frames due meanwhile are counted as
/// missed, and a fresh snapshot starts the book again.
class Feed {
 public:
  using Handles = mycelium::Messages<Grant, Retry>;

  /// `line` is shared by all incarnations.
  Feed(std::shared_ptr<FeedLine> line, mycelium::Context& context);

  void on_start(mycelium::Context& context);
  void handle(const Grant& grant, mycelium::Context& context);
  void handle(const Retry&, mycelium::Context& context);

 private:
  void pump(mycelium::Context& context);
  bool read_next(std::int64_t time_ns, const mycelium::Clock& clock);
  void end_window();
  void take(const DepthSnapshot& snapshot);
  void take(const DepthUpdate& update);
  void take(const Trade& trade);
  void take(const BookTicker& ticker);
  void accept(const DepthSnapshot& snapshot);
  void ask_for_snapshot();
  void report(const mycelium::Error& error);
  void update_board();
  [[nodiscard]] EventTime stamp() noexcept;
  void fail_if_due(std::int64_t time_ns);
  void arm_retry(mycelium::Context& context);

  std::shared_ptr<FeedLine> line_;
  FrameParser parser_;
  DepthSync sync_;
  DepthSyncCounts counted_;  // What of the counts of `sync_` is already on the board.
  mycelium::Outbox outbox_;
  mycelium::Publisher<BookReset> resets_;
  mycelium::Publisher<BookChange> changes_;
  mycelium::Publisher<TradePrint> trades_;
  mycelium::Publisher<VenueTicker> tickers_;
  mycelium::Publisher<Watermark> watermarks_;
  bool connecting_ = false;  // After a restart: until the first frame that is not missed.
  bool ended_ = false;       // The end of the data has been passed on.
  bool retry_armed_ = false;
  std::int64_t time_ns_ = 0;  // Of the present frame.
  std::int64_t read_ns_ = 0;
  // When to ask the venue for a snapshot if none has come; the pause doubles with every try.
  std::int64_t ask_at_ns_ = 0;
  std::int64_t ask_pause_ns_;
};

}  // namespace arbitrage
