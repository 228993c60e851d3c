#pragma once

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/bus/event_time.hpp"

namespace mycelium {

/// Merges several ordered inputs into one order that does not depend on when anything arrived
/// (promise T3).
///
/// An event comes out when no input can still bring an earlier one: each has an event waiting or a
/// watermark beyond it. Ties of equal places go to the lower input.
///
///     aligner.push(input, quote.at, quote);  aligner.advance(input, watermark.upto);
///     aligner.release([&](const Quote& quote) { ... });   // in order, as far as is safe
///
/// Thread-safety: none; part of one actor. Memory: the events between the slowest and the fastest
/// input, which the replay clock's grants bound. Source of the idea: low watermarks as in MillWheel
/// (Akidau et al., VLDB 2013).
template <typename Event>
class Aligner {
 public:
  /// Requires: inputs > 0.
  explicit Aligner(std::size_t inputs) : inputs_(inputs) {
    MYCELIUM_ASSERT(inputs > 0, "an aligner has at least one input");
  }

  /// An event of an input, in the input's order. False: it is earlier than what that input has
  /// already promised not to bring (its watermark, or its last event); the event is not taken.
  [[nodiscard]] bool push(std::size_t input, const EventTime& at, Event event) {
    Input& from = inputs_.at(input);
    if (at < from.watermark) return false;
    from.watermark = at;
    from.waiting.emplace_back(at, std::move(event));
    ++waiting_;
    return true;
  }

  /// This input brings nothing before `upto` any more. A watermark never goes back; an older one is
  /// ignored.
  void advance(std::size_t input, const EventTime& upto) {
    Input& from = inputs_.at(input);
    if (from.watermark < upto) from.watermark = upto;
  }

  /// Calls `take(event)` for every event that is safe, in order.
  template <typename Take>
  void release(Take&& take) {
    while (Input* next = next_safe()) {
      Event event = std::move(next->waiting.front().second);
      next->waiting.pop_front();
      --waiting_;
      take(event);
    }
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
  std::size_t waiting_ = 0;
};

}  // namespace mycelium
