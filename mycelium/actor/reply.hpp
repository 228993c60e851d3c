#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mycelium/actor/handlers.hpp"
#include "mycelium/protocol/metadata.hpp"

namespace mycelium {

class System;

/// Why an ask got no reply (promise A1); `Error::code` is its name.
enum class AskError : std::uint8_t {
  timeout,       ///< The deadline passed first.
  target_down,   ///< The target has stopped for good, or stopped before it answered.
  full,          ///< The target's mailbox had no room, or its overflow policy dropped the request.
  disconnected,  ///< The link to the target is down.
  handler_failed,  ///< The handler threw, or returned without an answer.
};

[[nodiscard]] constexpr std::string_view name_of(AskError error) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"timeout", "target_down", "full", "disconnected",
                                                   "handler_failed"};
  return kNames[static_cast<std::size_t>(error)];
}

namespace detail {

/// What travels back instead of a reply.
struct AskFailure {
  AskError error;
  std::string sentence;
};
[[maybe_unused]] constexpr MessageTraits mycelium_message_traits(const AskFailure*) {
  return {kReservedTypeIds + 2, "mycelium.ask_failure", "AskFailure"};
}

/// Sends a reply, which is moved from, on its way to who asked. It is never refused: the ask has
/// reserved its room. Runs on a worker, or at teardown.
void send_reply(System& system, const Metadata& ask, const MessageType& type, void* reply);
void send_failure(System& system, const Metadata& ask, AskError error, std::string sentence);

/// The duty to answer one ask. If it ends unanswered, the ask fails.
class PendingReply {
 public:
  PendingReply() = default;
  PendingReply(System& system, const Metadata& ask) noexcept : system_{&system}, ask_{ask} {}
  PendingReply(PendingReply&& other) noexcept
      : system_{std::exchange(other.system_, nullptr)}, ask_{other.ask_}, aside_{other.aside_} {}
  PendingReply& operator=(PendingReply&& other) noexcept {
    std::swap(system_, other.system_);
    std::swap(ask_, other.ask_);
    std::swap(aside_, other.aside_);
    return *this;
  }
  ~PendingReply() {
    if (is_open()) fail(AskError::handler_failed, "its handler ended without a reply");
  }

  [[nodiscard]] bool is_open() const noexcept { return system_ != nullptr && !aside_; }
  void answer(const MessageType& type, void* reply) {
    send_reply(*std::exchange(system_, nullptr), ask_, type, reply);
  }
  /// Someone else answers.
  void hand_over() noexcept { system_ = nullptr; }
  /// Whoever handles the message later answers, unless it is taken back before the present handler
  /// has ended, because that failed.
  void set_aside() noexcept { aside_ = true; }
  void take_back() noexcept { aside_ = false; }
  void fail(AskError error, std::string sentence) {
    send_failure(*std::exchange(system_, nullptr), ask_, error, std::move(sentence));
  }

 private:
  System* system_ = nullptr;
  Metadata ask_{};
  bool aside_ = false;
};

}  // namespace detail

/// The right to answer one ask later, from another handler of the same actor
/// (`Context::reply_later`). If it ends unanswered, with its actor's incarnation for example, the
/// ask fails at once (promise A3).
///
/// Thread-safety: none; it stays on its actor's worker.
template <Message R>
class ReplyTo {
 public:
  ReplyTo() = default;
  explicit ReplyTo(detail::PendingReply pending) noexcept : pending_{std::move(pending)} {}

  /// Nothing to answer: empty, answered, or the message was not an ask.
  [[nodiscard]] explicit operator bool() const noexcept { return pending_.is_open(); }
  /// Answers; false: there is nothing to answer any more.
  bool reply(R value) {
    if (!pending_.is_open()) return false;
    pending_.answer(message_type<R>(), &value);
    return true;
  }

 private:
  detail::PendingReply pending_;
};

}  // namespace mycelium
