#pragma once

#include <boost/describe/class.hpp>
#include <compare>
#include <cstdint>
#include <limits>

namespace mycelium {

/// The place of an event in recorded time (promise T3): its time, then the source's index in the
/// topology, then the source's own count. Two events of one run never share a place.
struct EventTime {
  std::int64_t time_ns = 0;
  std::uint32_t source = 0;
  std::uint64_t sequence = 0;

  auto operator<=>(const EventTime&) const = default;

  /// Behind every event up to and with this time, before every later one: what a watermark says.
  [[nodiscard]] static constexpr EventTime end_of(std::int64_t time_ns) {
    return {time_ns, std::numeric_limits<std::uint32_t>::max(),
            std::numeric_limits<std::uint64_t>::max()};
  }
  /// Before every event.
  [[nodiscard]] static constexpr EventTime beginning() {
    return {std::numeric_limits<std::int64_t>::min(), 0, 0};
  }
  /// Behind every event: the watermark of a source that has ended.
  [[nodiscard]] static constexpr EventTime end() {
    return end_of(std::numeric_limits<std::int64_t>::max());
  }
};
BOOST_DESCRIBE_STRUCT(EventTime, (), (time_ns, source, sequence))

}  // namespace mycelium
