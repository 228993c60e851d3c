#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "mycelium/protocol/message.hpp"
#include "mycelium/runtime/worker.hpp"

namespace mycelium {

/// A message that many may hold: made once, never changed, kept as long as anyone wants it.
///
///     const auto snapshot = Shared<Book>::make(Book{...});
///     for (const auto& reader : readers) reader.try_send(snapshot);   // no copy is made
///
/// A handler that takes `const Shared<M>&` may keep it beyond the call; one that takes `const M&`
/// reads the same bytes. Thread-safety: as std::shared_ptr: several threads may each hold a copy of
/// their own. Memory: a block of the making worker's pool (of the heap on a foreign thread), given
/// back with the last copy, from whichever thread.
template <Message M>
class Shared {
 public:
  /// Empty.
  Shared() = default;

  [[nodiscard]] static Shared make(M message) {
    Worker* const me = Worker::current();
    void* const block = me != nullptr ? me->blocks().take(message_type<M>())
                                      : BlockPool::take_from_heap(message_type<M>());
    ::new (block) M(std::move(message));  // Messages move without throwing.
    return Shared{block};
  }

  Shared(const Shared& other) noexcept : payload_{other.payload_} {
    if (payload_ != nullptr) BlockPool::retain(payload_);
  }
  Shared(Shared&& other) noexcept : payload_{std::exchange(other.payload_, nullptr)} {}
  Shared& operator=(Shared other) noexcept {
    std::swap(payload_, other.payload_);
    return *this;
  }
  ~Shared() {
    if (payload_ == nullptr) return;
    Worker* const me = Worker::current();
    BlockPool::release(payload_, me != nullptr ? &me->blocks() : nullptr);
  }

  /// Requires: not empty.
  [[nodiscard]] const M& operator*() const noexcept { return *static_cast<const M*>(payload_); }
  [[nodiscard]] const M* operator->() const noexcept { return static_cast<const M*>(payload_); }
  [[nodiscard]] explicit operator bool() const noexcept { return payload_ != nullptr; }
  /// How many hold it now; a hint when other threads do.
  [[nodiscard]] std::size_t use_count() const noexcept {
    return payload_ == nullptr ? 0 : BlockPool::references(payload_);
  }

  /// For the runtime: takes over one reference to a block that holds an `M`.
  [[nodiscard]] static Shared adopt(void* payload) noexcept { return Shared{payload}; }
  [[nodiscard]] void* payload() const noexcept { return payload_; }

 private:
  explicit Shared(void* payload) noexcept : payload_{payload} {}

  void* payload_ = nullptr;
};

}  // namespace mycelium
