#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "providers/messages.hpp"
#include "providers/plans.hpp"
#include "providers/provider.hpp"
#include "providers/sequence_check.hpp"

namespace providers {

/// What the desk has seen of each provider. Its worker writes, any thread reads.
using DeskBoard = std::array<SequenceCheck, kProviders.size()>;

/// The one who wants the market data: checks that it has no gap, and tells providers to pause or
/// stop, and to start again, as planned. It subscribes as `block`, so whatever is missing here was
/// never sent.
class Desk {
 public:
  using Handles = mycelium::Messages<MarketData>;

  Desk(std::shared_ptr<DeskBoard> board, std::vector<Interruption> planned)
      : board_{std::move(board)}, planned_{std::move(planned)} {}

  void on_start(mycelium::Context& context);
  void handle(const MarketData& data, mycelium::Context& context);

 private:
  void control(std::int64_t elapsed_ns, mycelium::Context& context);

  const std::shared_ptr<DeskBoard> board_;
  std::vector<Interruption> planned_;  // Still to begin.
  std::vector<Interruption> begun_;    // Still to end.
  std::optional<std::int64_t> first_ns_;
};

}  // namespace providers
