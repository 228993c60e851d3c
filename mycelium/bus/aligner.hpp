#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/bus/event_time.hpp"

namespace mycelium {

/// What became of an event that was offered to an `Aligner` (promise T3).
enum class [[nodiscard]] AlignResult : std::uint8_t {
  ok,    ///< Taken: it comes out in its place.
  late,  ///< Earlier than what its input has promised not to bring. Not taken.
  full,  ///< As many of its input wait as may. Not taken: bring it again after a release.
};

[[nodiscard]] constexpr std::string_view name_of(AlignResult result) noexcept {
  switch (result) {
    case AlignResult::ok:
      return "ok";
    case AlignResult::late:
      return "late";
    case AlignResult::full:
      return "full";
  }
  return "unknown";
}

/// Merges several ordered inputs into one order that does not depend on when anything arrived
/// (promise T3).
///
/// An event comes out when no input can still bring an earlier one: each has an event waiting or a
/// watermark beyond it. Ties of equal places go to the lower input.
///
///     if (aligner.push(input, quote.at, quote) != AlignResult::ok) ++refused;
///     aligner.advance(input, watermark.upto);
///     aligner.release([&](const Quote& quote) { ... });   // in order, as far as is safe
///
/// An input that is far ahead of the others fills up. Who must lose nothing then puts aside what
/// comes of it, watermarks too, until a release has made room: as long as it has no room, its
/// watermark holds back nobody.
///
///     if (!aligner.has_room(input) && context.stash()) return;   // in both handlers
///     ...
///     if (aligner.release(take) > 0) context.unstash_all();
///
/// Thread-safety: none; part of one actor. Memory: as many events of each input as its capacity,
/// allocated as they come. Source of the idea: low watermarks as in MillWheel (Akidau et al., VLDB
/// 2013).
template <typename Event>
class Aligner {
 public:
  /// Events of one input that wait, unless set: of 100 bytes each some 6 MB.
  static constexpr std::size_t kCapacity = 65'536;

  /// Requires: inputs > 0, capacity > 0.
  explicit Aligner(std::size_t inputs, std::size_t capacity = kCapacity)
      : inputs_(inputs), capacity_{capacity} {
    MYCELIUM_ASSERT(inputs > 0, "an aligner has at least one input");
    MYCELIUM_ASSERT(capacity > 0, "an aligner holds at least one event of each input");
  }

  /// An event of an input, in the input's order. Throws std::out_of_range for an input that is
  /// none, as every function that names one.
  AlignResult push(std::size_t input, const EventTime& at, Event event) {
    Input& from = inputs_.at(input);
    if (at < from.watermark) return AlignResult::late;
    if (from.waiting.size() >= capacity_) return AlignResult::full;
    from.watermark = at;
    from.waiting.emplace_back(at, std::move(event));
    ++waiting_;
    return AlignResult::ok;
  }

  /// Whether an event of this input would find room.
  [[nodiscard]] bool has_room(std::size_t input) const {
    return inputs_.at(input).waiting.size() < capacity_;
  }

  /// This input brings nothing before `upto` any more. A watermark never goes back; an older one is
  /// ignored.
  void advance(std::size_t input, const EventTime& upto) {
    Input& from = inputs_.at(input);
    if (from.watermark < upto) from.watermark = upto;
  }

  /// Calls `take(event)` for every event that is safe, in order; how many there were.
  template <typename Take>
  std::size_t release(Take&& take) {
    std::size_t released = 0;
    while (Input* next = next_safe()) {
      Event event = std::move(next->waiting.front().second);
      next->waiting.pop_front();
      --waiting_;
      ++released;
      take(event);
    }
    return released;
  }

  /// What this stage can promise in turn: nothing that comes out later is before it. Call after
  /// `release`.
  [[nodiscard]] EventTime watermark() const {
    EventTime lowest = EventTime::end();
    for (const Input& input : inputs_) {
      const EventTime& bound =
          input.waiting.empty() ? input.watermark : input.waiting.front().first;
      if (bound < lowest) lowest = bound;
    }
    return lowest;
  }

  /// Events that wait for slower inputs.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  struct Input {
    std::deque<std::pair<EventTime, Event>> waiting;
    EventTime watermark = EventTime::beginning();
  };

  // The input with the earliest waiting event, if every silent input has promised to bring nothing
  // before it.
  Input* next_safe() {
    Input* earliest = nullptr;
    for (Input& input : inputs_) {
      if (!input.waiting.empty() &&
          (earliest == nullptr || input.waiting.front().first < earliest->waiting.front().first)) {
        earliest = &input;
      }
    }
    if (earliest == nullptr) return nullptr;
    const EventTime& at = earliest->waiting.front().first;
    for (const Input& input : inputs_) {
      if (!input.waiting.empty()) continue;
      // A lower input at the very same place could still bring an event that ties, and goes first.
      if (input.watermark < at || (input.watermark == at && &input < earliest)) return nullptr;
    }
    return earliest;
  }

  std::vector<Input> inputs_;
  std::size_t capacity_;
  std::size_t waiting_ = 0;
};

}  // namespace mycelium
