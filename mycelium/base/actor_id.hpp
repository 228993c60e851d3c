#pragma once

#include <compare>
#include <cstdint>

namespace mycelium {

/// The identity of an actor: process 12 bits, process incarnation 10, slot 22, generation 20.
///
/// A restart changes nothing in it; a stop for good ends it, and the slot's next holder has another
/// generation. The value 0 is nobody.
class ActorId {
 public:
  static constexpr unsigned kGenerationBits = 20;
  static constexpr unsigned kSlotBits = 22;
  static constexpr std::uint32_t kSlotsMax = 1U << kSlotBits;
  static constexpr std::uint32_t kGenerationMax = (1U << kGenerationBits) - 1;

  constexpr ActorId() = default;
  /// Requires: slot < kSlotsMax, 1 <= generation <= kGenerationMax (process and incarnation are the
  /// node's, 0 in one process).
  constexpr ActorId(std::uint32_t slot, std::uint32_t generation)
      : value_{(static_cast<std::uint64_t>(slot) << kGenerationBits) | generation} {}

  [[nodiscard]] constexpr std::uint32_t slot() const {
    return static_cast<std::uint32_t>(value_ >> kGenerationBits) & (kSlotsMax - 1);
  }
  [[nodiscard]] constexpr std::uint32_t generation() const {
    return static_cast<std::uint32_t>(value_) & kGenerationMax;
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] static constexpr ActorId from_value(std::uint64_t value) {
    ActorId id;
    id.value_ = value;
    return id;
  }
  constexpr auto operator<=>(const ActorId&) const = default;

 private:
  std::uint64_t value_ = 0;
};

}  // namespace mycelium
