// Any bytes as frames of a venue: parsed, synchronised and applied, nothing may crash, and an
// accepted book keeps its order.
//
// The input is split at line ends, so that one input is a whole stream with its snapshot.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "arbitrage/market/depth_sync.hpp"
#include "arbitrage/market/frame.hpp"
#include "arbitrage/market/order_book.hpp"
#include "mycelium/base/assert.hpp"

namespace {

using namespace arbitrage;

/// One market's whole chain.
class Market {
 public:
  explicit Market(DepthChain chain) : sync_{chain} {}

  void operator()(const DepthSnapshot* snapshot) {
    if (!sync_.on_snapshot(*snapshot)) return;
    book_.reset(*snapshot);
    while (const DepthUpdate* update = sync_.next_buffered()) apply(*update);
  }
  void operator()(const DepthUpdate* update) {
    MYCELIUM_ASSERT(update->first_id <= update->last_id, "the parser checks the ids");
    if (sync_.on_update(*update) == UpdateOutcome::apply) apply(*update);
  }
  void operator()(const Trade& trade) {
    MYCELIUM_ASSERT(trade.quantity >= 0, "the parser refuses negative quantities");
  }
  void operator()(const BookTicker& ticker) {
    MYCELIUM_ASSERT(ticker.bid.quantity >= 0 && ticker.ask.quantity >= 0,
                    "the parser refuses negative quantities");
  }

 private:
  void apply(const DepthUpdate& update) {
    book_.apply(update);
    check_order(book_.bids().worst_to_best(), /*rising=*/true);
    check_order(book_.asks().worst_to_best(), /*rising=*/false);
  }

  static void check_order(std::span<const Level> levels, bool rising) {
    for (std::size_t index = 0; index < levels.size(); ++index) {
      MYCELIUM_ASSERT(levels[index].price > 0 && levels[index].quantity > 0,
                      "no empty level stays");
      if (index == 0) continue;
      MYCELIUM_ASSERT((levels[index - 1].price < levels[index].price) == rising &&
                          levels[index - 1].price != levels[index].price,
                      "levels are strictly sorted");
    }
  }

  DepthSync sync_;
  OrderBook book_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FrameParser parser;
  Market spot{DepthChain::spot};
  Market futures{DepthChain::futures};
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
    if (const auto frame = parser.parse(line)) {
      std::visit(spot, *frame);
      std::visit(futures, *frame);
    }
  }
  return 0;
}
