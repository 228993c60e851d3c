#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/message.hpp"

namespace mycelium {

/// What a topic keeps for those who subscribe later (promise R4).
enum class Retain : std::uint8_t {
  none,
  last,  ///< The last message; of a message with a `retain_key`, the last of each key.
};

/// What whoever asks for a topic wants of it.
struct TopicOptions {
  Retain retain = Retain::none;
  /// Keys that are retained, 1 or more; beyond them the one published on longest ago is forgotten.
  std::size_t retained_keys_max = 65'536;
};

/// A message that says under which key it is retained:
/// `static std::uint64_t retain_key(const Swap& swap) { return swap.pool; }`
template <typename M>
concept RetainsByKey = requires(const M& message) {
  { M::retain_key(message) } -> std::convertible_to<std::uint64_t>;
};

/// The last message of each key, in the order in which they were published.
///
/// Thread-safety: none; a topic uses it under its mutex. Memory: one message for each key, up to
/// the limit; only a new key below the limit allocates.
template <Message M>
class RetainedValues {
 public:
  /// Requires: keys_max > 0.
  explicit RetainedValues(std::size_t keys_max) : keys_max_{keys_max} {
    MYCELIUM_ASSERT(keys_max > 0, "a topic that retains has room for one key at least");
  }

  void allow(std::size_t keys_max) noexcept {
    if (keys_max > keys_max_) keys_max_ = keys_max;
  }

  /// In the place of the earlier one of its key. Errors: what copying the message throws; nothing
  /// has changed then.
  void keep(const M& message) {
    const std::uint64_t key = key_of(message);
    M copy{message};  // What may throw is behind us from here on, but for memory of a new key.
    if (const auto found = places_.find(key); found != places_.end())
      return replace(found->second, key, std::move(copy));
    if (places_.size() < keys_max_) {
      const auto [place, is_new] = places_.emplace(key, values_.end());
      values_.push_back({key, std::move(copy)});
      place->second = std::prev(values_.end());
      return;
    }
    auto place = places_.extract(values_.front().key);
    place.key() = key;
    places_.insert(std::move(place));
    replace(values_.begin(), key, std::move(copy));
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const Entry& entry : values_) visit(entry.message);
  }
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

 private:
  struct Entry {
    std::uint64_t key;
    M message;
  };

  using Place = typename std::list<Entry>::iterator;

  void replace(Place place, std::uint64_t key, M&& message) noexcept {
    place->key = key;
    std::destroy_at(&place->message);
    std::construct_at(&place->message, std::move(message));  // Messages move without throwing.
    values_.splice(values_.end(), values_, place);
  }

  [[nodiscard]] static std::uint64_t key_of(const M& message) {
    if constexpr (RetainsByKey<M>) {
      return M::retain_key(message);
    } else {
      static_cast<void>(message);
      return 0;
    }
  }

  std::size_t keys_max_;
  std::list<Entry> values_;  // The one published last is the last.
  std::unordered_map<std::uint64_t, Place> places_;
};

}  // namespace mycelium
