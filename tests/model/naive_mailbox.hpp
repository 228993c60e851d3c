#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "mycelium/bus/send_result.hpp"
#include "mycelium/config/options.hpp"

namespace mycelium::model {

/// What a message makes its receiver do.
enum class What : std::uint8_t { nothing, fail, stash, unstash, stop, resend };

enum class Type : std::uint8_t { item, bulk, note };  // A note has no key.

/// A message as the model knows it.
struct Offer {
  std::uint32_t serial = 0;
  What what = What::nothing;
  Type type = Type::item;
  std::uint8_t key = 0;
  bool urgent = false;
  bool shared = false;
};

/// An actor with its mailbox, as plainly as it can be said: what the runtime does is compared with
/// this. It handles one message wholly before the next; `seen` is what its handlers write down.
///
/// Thread-safety: none. Memory: what waits.
class NaiveMailbox {
 public:
  static constexpr std::uint32_t kUrgentMax = 64;
  static constexpr std::uint32_t kResent = 1U << 30;  // Added to the serial of what is sent again.
  static constexpr std::uint32_t kResult = 1U << 31;  // Added to a result that was written down.

  NaiveMailbox(std::uint32_t capacity, Overflow overflow)
      : capacity_{capacity}, overflow_{overflow} {}

  std::vector<std::uint32_t> seen;
  std::uint64_t handled = 0;
  std::uint64_t dropped = 0;
  std::uint64_t conflated = 0;
  std::uint64_t poison = 0;
  std::uint64_t stopped = 0;  ///< Waited when it ended.
  std::uint64_t stale = 0;    ///< Arrived afterwards.
  std::uint64_t high_water = 0;

  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] bool gone() const { return gone_; }

  /// A sender on the same worker.
  SendResult offer_here(const Offer& offer) {
    if (!open_) return SendResult::closed;
    if (offer.urgent ? urgent_.size() >= kUrgentMax : admits() && queue_.size() >= capacity_)
      return SendResult::full;
    push(offer);
    return SendResult::ok;
  }
  /// What comes out of a lane.
  void arrive_by_lane(const Offer& offer) {
    if (!open_) {
      ++stale;
    } else if (admits() && queue_.empty() && urgent_.empty() && !offer.urgent && !offer.shared &&
               offer.type != Type::bulk) {
      handle(offer);  // Where it lies.
    } else {
      push(offer);
    }
  }
  /// What a foreign thread has sent.
  void arrive_from_outside(const Offer& offer) {
    if (open_) {
      push(offer);
    } else {
      ++stale;
    }
  }
  void stop(bool drain) {
    if (gone_) return;
    open_ = false;
    draining_ = drain;
    if (!drain || (queue_.empty() && urgent_.empty())) end();
  }
  /// Handles all that waits.
  void run() {
    while (!gone_ && !(queue_.empty() && urgent_.empty())) {
      auto& from = urgent_.empty() ? queue_ : urgent_;
      const Offer next = from.front().offer;
      from.pop_front();
      handle(next);
    }
    if (draining_ && !gone_) end();
  }

 private:
  struct Waiting {
    Offer offer;
    bool replaceable;  // It came to a conflating mailbox with a key, and has not been put aside.
  };

  [[nodiscard]] bool admits() const {
    return overflow_ == Overflow::block || overflow_ == Overflow::fail;
  }

  void push(const Offer& offer) {
    put(offer);
    high_water = std::max<std::uint64_t>(high_water, queue_.size() + urgent_.size());
  }
  void put(const Offer& offer) {
    if (offer.urgent) return urgent_.push_back({offer, false});
    const bool keyed = overflow_ == Overflow::conflate && offer.type != Type::note;
    if (keyed) {
      const auto same = std::find_if(queue_.begin(), queue_.end(), [&](const Waiting& waiting) {
        return waiting.replaceable && waiting.offer.type == offer.type &&
               waiting.offer.key == offer.key;
      });
      if (same != queue_.end()) {
        same->offer = offer;
        ++conflated;
        return;
      }
    }
    if (!admits() && queue_.size() >= capacity_) {
      ++dropped;
      if (overflow_ == Overflow::drop_newest) return;
      queue_.pop_front();
    }
    queue_.push_back({offer, keyed});
  }

  void handle(const Offer& offer) {
    if (offer.what == What::fail) {
      seen.push_back(offer.serial);
      ++poison;
      return unstash();  // The restart.
    }
    ++handled;
    if (offer.what == What::stash && stash_.size() < capacity_)
      return stash_.push_back({offer, false});
    seen.push_back(offer.serial);
    if (offer.what == What::unstash) unstash();
    if (offer.what == What::resend) {
      const SendResult result =
          offer_here({offer.serial + kResent, What::nothing, Type::note, 0, false, false});
      seen.push_back(kResult + static_cast<std::uint32_t>(result));
    }
    if (offer.what == What::stop) {
      open_ = false;
      end();
    }
  }
  void unstash() {
    if (stash_.empty()) return;
    queue_.insert(queue_.begin(), stash_.begin(), stash_.end());
    stash_.clear();
    high_water = std::max<std::uint64_t>(high_water, queue_.size() + urgent_.size());
  }
  void end() {
    gone_ = true;
    stopped += queue_.size() + urgent_.size() + stash_.size();
    queue_.clear();
    urgent_.clear();
    stash_.clear();
  }

  std::uint32_t capacity_;
  Overflow overflow_;
  std::deque<Waiting> queue_;
  std::deque<Waiting> urgent_;
  std::deque<Waiting> stash_;
  bool open_ = true;
  bool draining_ = false;
  bool gone_ = false;
};

}  // namespace mycelium::model
