#include "arbitrage/stages/feed.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "arbitrage/stages/topics.hpp"

namespace arbitrage {
namespace {

// A recorded snapshot comes within a third of a second; a venue that sends none is asked after this
// long.
constexpr std::int64_t kSnapshotPatienceNs = 2'000'000'000;
constexpr std::chrono::microseconds kRetryDelay{50};

}  // namespace

Feed::Feed(std::shared_ptr<FeedLine> line, mycelium::Context& context)
    : line_{std::move(line)},
      sync_{line_->futures ? DepthChain::futures : DepthChain::spot},
      resets_{context.publisher<BookReset>(topics::for_instrument<BookReset>(line_->board->name))},
      changes_{
          context.publisher<BookChange>(topics::for_instrument<BookChange>(line_->board->name))},
      trades_{
          context.publisher<TradePrint>(topics::for_instrument<TradePrint>(line_->board->name))},
      tickers_{
          context.publisher<VenueTicker>(topics::for_instrument<VenueTicker>(line_->board->name))},
      watermarks_{context.publisher<Watermark>(topics::watermark_of("feed." + line_->board->name))},
      ask_pause_ns_{kSnapshotPatienceNs} {
  connecting_ = line_->incarnations++ > 0;
}

void Feed::on_start(mycelium::Context& context) {
  context.subscribe<Grant>(kLosesNothing);
  // The grant that the incarnation before this one died with still holds.
  if (connecting_) arm_retry(context);
}

void Feed::handle(const Grant& grant, mycelium::Context& context) {
  line_->granted_ns = std::max(line_->granted_ns, grant.until_ns);
  pump(context);
}

void Feed::handle(const Retry&, mycelium::Context& context) {
  retry_armed_ = false;
  pump(context);
}

void Feed::arm_retry(mycelium::Context& context) {
  if (retry_armed_) return;
  retry_armed_ = true;
  context.after(kRetryDelay, Retry{});
}

void Feed::pump(mycelium::Context& context) {
  while (outbox_.flush()) {
    const auto next = line_->venue->next_time();
    if (!next || *next > line_->granted_ns) {
      end_window();
      break;
    }
    fail_if_due(*next);
    if (!read_next(*next, context.clock())) continue;
  }
  update_board();
  if (outbox_.waiting() > 0) arm_retry(context);
}

// Reads one line. False: it was missed.
bool Feed::read_next(std::int64_t time_ns, const mycelium::Clock& clock) {
  const auto frame = line_->venue->next();
  time_ns_ = time_ns;
  if (time_ns < line_->down_until_ns) {
    line_->board->missed.add();
    return false;
  }
  read_ns_ = clock.monotonic().time_since_epoch().count();
  if (std::exchange(connecting_, false)) ask_for_snapshot();
  if (!frame) {
    report(frame.error());
    return true;
  }
  const auto parsed = parser_.parse(frame->json);
  if (!parsed) {
    report(parsed.error());
    return true;
  }
  line_->board->frames.add();
  std::visit(
      [this](const auto& part) {
        if constexpr (std::is_pointer_v<std::remove_cvref_t<decltype(part)>>) {
          take(*part);
        } else {
          take(part);
        }
      },
      *parsed);
  return true;
}

void Feed::end_window() {
  if (ended_) return;
  const auto next = line_->venue->next_time();
  ended_ = !next;
  if (!next && std::exchange(connecting_, false))
    ask_for_snapshot();  // Down to the end: the book is made good all the same.
  if (!next && !line_->venue->end_error().empty()) {
    report(mycelium::Error{"ended_early", std::string{line_->venue->end_error()}});
  }
  // Nothing comes before the next frame, wherever the grant ends: a hole in the recording is passed
  // in one step.
  const EventTime upto =
      next ? EventTime::end_of(std::max(line_->granted_ns, *next - 1)) : EventTime::end();
  outbox_.publish(watermarks_, Watermark{upto, line_->index});
  outbox_.flush();
}

void Feed::take(const DepthSnapshot& snapshot) {
  if (sync_.needs_snapshot()) accept(snapshot);
}

void Feed::accept(const DepthSnapshot& snapshot) {
  if (const auto accepted = sync_.on_snapshot(snapshot); !accepted) {
    report(accepted.error());
    return;
  }
  line_->board->snapshots.add();
  ask_pause_ns_ = kSnapshotPatienceNs;
  outbox_.publish(resets_, BookReset{stamp(), read_ns_, snapshot});
  while (const DepthUpdate* update = sync_.next_buffered()) {
    outbox_.publish(changes_, BookChange{stamp(), read_ns_, *update});
  }
}

void Feed::take(const DepthUpdate& update) {
  switch (sync_.on_update(update)) {
    case UpdateOutcome::apply:
      outbox_.publish(changes_, BookChange{stamp(), read_ns_, update});
      return;
    case UpdateOutcome::dropped:
      return;
    case UpdateOutcome::gap:
      spdlog::warn(
          "{}: depth updates are missing before id {}; the book is stale until a new snapshot",
          line_->board->name, update.first_id);
      ask_for_snapshot();
      return;
    case UpdateOutcome::buffered:
      if (ask_at_ns_ == 0) ask_at_ns_ = time_ns_ + ask_pause_ns_;
      if (time_ns_ >= ask_at_ns_) ask_for_snapshot();
      return;
  }
}

void Feed::take(const Trade& trade) { outbox_.publish(trades_, TradePrint{stamp(), trade}); }

void Feed::take(const BookTicker& ticker) {
  outbox_.publish(tickers_, VenueTicker{stamp(), ticker});
}

void Feed::ask_for_snapshot() {
  ask_pause_ns_ *= 2;
  ask_at_ns_ = time_ns_ + ask_pause_ns_;
  const auto text = line_->venue->snapshot();
  if (!text) return report(text.error());
  const auto parsed = parser_.parse(*text);
  if (!parsed) return report(parsed.error());
  if (const auto* const* snapshot = std::get_if<const DepthSnapshot*>(&*parsed)) accept(**snapshot);
}

void Feed::report(const mycelium::Error& error) {
  line_->board->bad_frames.add();
  if (line_->reported.insert(error.code).second) {
    spdlog::warn("{}: {} ({}; further ones of this kind are counted)", line_->board->name,
                 error.message, error.code);
  }
}

void Feed::update_board() {
  InstrumentBoard& board = *line_->board;
  const DepthSyncCounts& counts = sync_.counts();
  board.depth_dropped.add(counts.dropped - counted_.dropped);
  board.gaps.add(counts.gaps - counted_.gaps);
  counted_ = counts;
  board.time_ns.set(time_ns_);
  board.stale.set(sync_.needs_snapshot() ? 1 : 0);
  board.progress_ppm.set(ended_ ? 1'000'000
                                : static_cast<std::int64_t>(line_->venue->progress_ppm()));
}

EventTime Feed::stamp() noexcept { return EventTime{time_ns_, line_->index, ++line_->sequence}; }

void Feed::fail_if_due(std::int64_t time_ns) {
  if (line_->faults.empty() || time_ns < line_->start_ns + line_->faults.front().after_ns) return;
  const FeedFault fault = line_->faults.front();
  line_->faults.pop_front();
  line_->down_until_ns = time_ns + fault.down_ns;
  update_board();
  throw std::runtime_error{
      fmt::format("injected fault: the connection of {} breaks", line_->board->name)};
}

}  // namespace arbitrage
