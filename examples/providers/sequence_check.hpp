#pragma once

#include <cstdint>
#include <optional>

#include "mycelium/telemetry/counter.hpp"
#include "providers/messages.hpp"

namespace providers {

/// Whether one provider's market data has come without a gap, by the venue's sequence numbers.
///
/// A snapshot stands for all frames up to its number: those that had not come are missed. The first
/// message decides where counting begins. Thread-safety: `take` by one thread, the rest by any.
class SequenceCheck {
 public:
  void take(const MarketData& data) noexcept;

  [[nodiscard]] std::uint64_t received() const noexcept { return received_.value(); }
  /// Places where frames are missing, and how many are in all.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_.value(); }
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_.value(); }
  /// Frames that came again, or behind a later one.
  [[nodiscard]] std::uint64_t repeated() const noexcept { return repeated_.value(); }
  /// How many frames the venue has sent in all; nothing before its end has come.
  [[nodiscard]] std::optional<std::uint64_t> total() const noexcept {
    return has_ended_.value() > 0 ? std::optional{total_.value()} : std::nullopt;
  }

 private:
  void miss_up_to(std::uint64_t sequence) noexcept;

  mycelium::Counter received_;
  mycelium::Counter gaps_;
  mycelium::Counter missed_;
  mycelium::Counter repeated_;
  mycelium::Counter total_;
  mycelium::Counter has_ended_;
  // Of the one who takes.
  bool has_begun_ = false;
  std::uint64_t last_ = 0;
};

}  // namespace providers
