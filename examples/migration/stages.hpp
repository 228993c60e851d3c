#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "adapters/torq/payloads.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/base/stable_hash.hpp"

// Two services as they stand on either side of a relay: one publishes trades, one makes signals of
// them. Neither knows whether a relay lies between them.
namespace migration {

struct Tick {};
MYCELIUM_MESSAGE(Tick, 151, "migration.tick")

/// What one generator has done. Its worker writes, any thread reads.
struct GeneratorBoard {
  std::string name;
  std::string input;
  std::atomic<std::uint64_t> trades{0};
  std::atomic<std::uint64_t> signals{0};
  std::atomic<std::uint64_t> digest{0};  ///< Of all signals, in order.
};

/// Publishes so many trades, the same in every run, once `ready` says so.
class MarketData {
 public:
  using Handles = mycelium::Messages<Tick>;

  MarketData(mycelium::Context& context, std::uint64_t trades, std::function<bool()> ready)
      : trades_{context.publisher<torq::Trade>()}, left_{trades}, ready_{std::move(ready)} {}

  void on_start(mycelium::Context& context) { context.every(kPeriod, Tick{}); }

  void handle(const Tick&, mycelium::Context& context) {
    if (!ready_()) return;
    for (int count = 0; count < kTradesEachTick && left_ > 0; ++count) {
      if (trades_.publish(next_).full > 0) return;  // Again with the next tick.
      --left_;
      ++next_.asset_id;
      next_.timestamp_ns = static_cast<std::uint64_t>(context.now().time_since_epoch().count());
      next_.price =
          100 * kUnit + static_cast<std::int64_t>(next_.asset_id * 7919 % 1000) * kUnit / 100;
    }
  }

 private:
  static constexpr std::chrono::milliseconds kPeriod{1};
  static constexpr int kTradesEachTick = 20;
  static constexpr std::int64_t kUnit = 100'000'000;  // Prices are in 1e-8.

  mycelium::Publisher<torq::Trade> trades_;
  torq::Trade next_{};
  std::uint64_t left_;
  std::function<bool()> ready_;
};

/// Makes a signal of each trade that is dearer than the one before it.
class SignalGenerator {
 public:
  using Handles = mycelium::Messages<torq::Trade>;

  SignalGenerator(mycelium::Context& context, std::shared_ptr<GeneratorBoard> board,
                  std::uint64_t trades, std::function<bool()> finish)
      : board_{std::move(board)}, trades_{trades}, finish_{std::move(finish)} {
    context.subscribe<torq::Trade>(board_->input, {mycelium::Overflow::block});
  }

  void handle(const torq::Trade& trade, mycelium::Context& context) {
    if (trade.price > last_price_) {
      digest_ = mycelium::mix_bits(digest_ ^ static_cast<std::uint64_t>(trade.price));
      board_->signals.fetch_add(1, std::memory_order_relaxed);  // A count for people.
    }
    last_price_ = trade.price;
    if (board_->trades.fetch_add(1, std::memory_order_relaxed) + 1 < trades_) return;
    board_->digest.store(digest_, std::memory_order_relaxed);  // Read after the system's end.
    if (finish_()) context.stop_system();
  }

 private:
  std::shared_ptr<GeneratorBoard> board_;
  std::uint64_t trades_;
  std::function<bool()> finish_;
  std::int64_t last_price_ = 0;
  std::uint64_t digest_ = 0;
};

}  // namespace migration
