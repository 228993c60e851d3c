#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/reply.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/bus/delivery.hpp"

namespace mycelium::detail {

/// Lets a thread that is no worker wait until it is worth trying a receiver again. A worker is
/// never made to wait.
class ForeignWait {
 public:
  explicit ForeignWait(std::chrono::nanoseconds timeout) noexcept : timeout_{timeout} {}

  /// Waits a little, longer each time; false: the time is up, or this is a worker of the receiver's
  /// system.
  bool wait(ActorCell& cell);

 private:
  std::chrono::nanoseconds timeout_;
  std::optional<Instant> deadline_;
  std::chrono::nanoseconds pause_{0};
};

/// An ask of a foreign thread, on that thread's stack until it has its answer.
struct ForeignAsk {
  /// Moves the answer away. Called under the lock of `ForeignAsks`.
  void (*accept)(ForeignAsk& self, const MessageType& type, void* message) = nullptr;
  bool answered = false;
  std::condition_variable arrived;
};

/// The asks of foreign threads that wait for an answer from one system.
///
/// Thread-safety: any thread.
class ForeignAsks {
 public:
  [[nodiscard]] std::uint64_t enter(ForeignAsk& ask);
  /// Waits for the answer, until the deadline of the clock's time line at most; the ask is out of
  /// the table then.
  void await(std::uint64_t number, ForeignAsk& ask, std::chrono::nanoseconds timeout);
  /// Nobody waits for this answer any more.
  void leave(std::uint64_t number);
  /// False: nobody waits for this answer any more.
  bool answer(std::uint64_t number, const MessageType& type, void* message);
  /// No answer will come any more: tells everyone who waits.
  void fail_all(const AskFailure& failure);

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, ForeignAsk*> waiting_;
  std::uint64_t last_number_ = 0;
};

[[nodiscard]] ForeignAsks& foreign_asks_of(System& system) noexcept;
[[nodiscard]] Error error_of(AskFailure&& failure);
[[nodiscard]] Error error_of(SendResult refused);
/// Who answered gave a message that is not the request's `Reply`.
[[nodiscard]] Error wrong_reply(std::string_view wanted, const MessageType& got);
/// Moves a reply, or the failure that came instead, to where the asker reads it.
template <Message R>
void take_answer(std::optional<Result<R>>& result, const MessageType& type, void* message) {
  if (type.id == kTraits<R>.id) {
    result.emplace(std::move(*static_cast<R*>(message)));
  } else if (type.id == kTraits<AskFailure>.id) {
    result.emplace(std::unexpected{error_of(std::move(*static_cast<AskFailure*>(message)))});
  } else {
    result.emplace(std::unexpected{wrong_reply(message_type<R>().name, type)});
  }
}

/// A century: so long that it is for ever, and so short that it can be added to any point in time.
inline constexpr std::chrono::hours kForeignTimeoutMax{24 * 365 * 100};

/// Asks as a thread that is no worker. `wait(asks, number, asking)` returns when the ask is
/// answered or waits no more, and is out of the table then; what it throws ends the ask too.
template <Request Q, typename Wait>
[[nodiscard]] Result<typename Q::Reply> ask_from_outside(ActorCell* cell, ActorId id, Q request,
                                                         std::chrono::nanoseconds timeout,
                                                         const Wait& wait) {
  using R = typename Q::Reply;
  struct Waiting : ForeignAsk {
    std::optional<Result<R>> result;
  } waiting;
  waiting.accept = [](ForeignAsk& self, const MessageType& type, void* message) {
    take_answer<R>(static_cast<Waiting&>(self).result, type, message);
  };
  if (cell == nullptr) return std::unexpected{error_of(SendResult::closed)};
  ForeignAsks& asks = foreign_asks_of(cell->system());
  const std::uint64_t number = asks.enter(waiting);
  try {
    const Metadata metadata{ActorId{}, Correlation{0, number},
                            cell->worker->clock().monotonic() + timeout};
    const SendResult sent =
        deliver_specially(*cell, id, std::move(request), {.metadata = &metadata});
    if (sent != SendResult::ok) {
      asks.leave(number);
      return std::unexpected{error_of(sent)};
    }
    wait(asks, number, waiting);
  } catch (...) {
    asks.leave(number);
    throw;
  }
  if (!waiting.result) {
    return std::unexpected{error_of(AskFailure{AskError::timeout, "no reply came in time"})};
  }
  return std::move(*waiting.result);
}

template <Request Q>
[[nodiscard]] Result<typename Q::Reply> ask_blocking(ActorCell* cell, ActorId id, Q request,
                                                     std::chrono::nanoseconds timeout) {
  timeout = std::min<std::chrono::nanoseconds>(timeout, kForeignTimeoutMax);
  const Worker* const me = Worker::current();
  if (cell != nullptr && me != nullptr && !me->is_attachment()) {
    return fail("on_worker", "a worker asks with co_await context.ask(...); it never waits");
  }
  return ask_from_outside(cell, id, std::move(request), timeout,
                          [timeout](ForeignAsks& asks, std::uint64_t number, ForeignAsk& asking) {
                            asks.await(number, asking, timeout);
                          });
}

}  // namespace mycelium::detail
