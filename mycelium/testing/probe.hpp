#pragma once

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "mycelium/protocol/message_text.hpp"
#include "mycelium/testing/test_system.hpp"

namespace mycelium::testing {

namespace detail {

template <typename M>
struct ReplySlot {
  using Type = std::monostate;
};
template <Request M>
struct ReplySlot<M> {
  using Type = ReplyTo<typename M::Reply>;
};

/// A message that has come to a probe.
template <Message M>
struct Received {
  Shared<M> message;
  typename ReplySlot<M>::Type reply;  ///< Where it is an ask that is not answered yet.
  bool expected = false;              ///< A test has asked for it.
};

/// What has come to a probe, in order: shared by the probe and its actor, whichever ends last.
template <Message... Ms>
using ReceivedList = std::deque<std::variant<Received<Ms>...>>;

/// The actor behind a probe.
template <Message... Ms>
class ProbeActor {
 public:
  using Handles = Messages<Ms...>;
  explicit ProbeActor(std::shared_ptr<ReceivedList<Ms...>> received)
      : received_{std::move(received)} {}
  template <Message M>
    requires(Handles::template kContains<M>)
  void handle(const Shared<M>& message, Context& context) {
    Received<M> came{message, {}};
    if constexpr (Request<M>) came.reply = context.template reply_later<typename M::Reply>();
    received_->push_back(std::move(came));
  }
  // What is not answered fails now, while there is a system.
  void on_stop(Context&) {
    for (auto& any : *received_) std::visit([](auto& came) { came.reply = {}; }, any);
  }

 private:
  std::shared_ptr<ReceivedList<Ms...>> received_;
};

}  // namespace detail

/// An actor of a test: keeps what it gets, says what it expected, and answers when told to.
///
///     Probe<Fill, GetLimit> probe{system, "exchange"};
///     system.send(desk, Go{});
///     probe.expect<GetLimit>();
///     probe.reply<GetLimit>(Limit{100});
///     EXPECT_EQ(probe.expect<Fill>([](const Fill& fill) { return fill.amount > 0; }).price, 7);
///     probe.expect_no_message();
///
/// A test that fails throws TestFailure, whose sentence says what came instead. Thread-safety: as
/// its system. Memory: every message, until the probe and its actor have ended. Life-cycle: the
/// system outlives it; its actor lives on until the system ends.
template <Message... Ms>
class Probe {
 public:
  /// Requires: the name is not taken; throws std::invalid_argument.
  explicit Probe(TestSystem& system, std::string name = {},
                 const SpawnOptions& options = {.mailbox = {.capacity = kMailboxCapacityMax}})
      : system_{system}, received_{std::make_shared<List>()} {
    ref_ = system.spawn(
        std::move(name), [received = received_](Context&) { return Actor{received}; }, options);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  [[nodiscard]] RefTo<Ms...> ref() const noexcept { return ref_; }

  /// Runs until an `M` has come that no test has expected before, and returns the first; time
  /// passes for it, `within` at most. What else has come waits to be expected. The message lives as
  /// long as the probe. Throws TestFailure. Errors: as `TestSystem::run_until_idle`.
  template <Message M>
  const M& expect(std::chrono::nanoseconds within = {}) {
    return await<M>([](const M&) { return true; }, within, "");
  }
  /// The same for the first that `matches`.
  template <Message M, std::predicate<const M&> Matches>
  const M& expect(const Matches& matches, std::chrono::nanoseconds within = {}) {
    return await<M>(matches, within, " that matches");
  }
  /// Runs until the system is idle, and lets the time `during` pass. Throws TestFailure when there
  /// is a message then that no test has expected. Errors: as `TestSystem::run_until_idle`.
  void expect_no_message(std::chrono::nanoseconds during = {}) {
    system_.advance(during);
    if (const std::string unexpected = others(); !unexpected.empty())
      system_.fail(fmt::format("{} expected no message, and got {}", name(), unexpected));
  }
  /// Copies of every `M` that has come so far, expected or not, in order.
  template <Message M>
  [[nodiscard]] std::vector<M> messages() const {
    std::vector<M> all;
    for (const auto& any : *received_) {
      if (const auto* const came = std::get_if<Came<M>>(&any)) all.push_back(*came->message);
    }
    return all;
  }

  /// Answers the first ask of type `Q` that came and is not answered. Throws TestFailure when there
  /// is none.
  template <Request Q>
  void reply(typename Q::Reply value) {
    for (auto& any : *received_) {
      auto* const came = std::get_if<Came<Q>>(&any);
      if (came == nullptr || !came->reply) continue;
      return as_actor([&](Context&) { came->reply.reply(std::move(value)); });
    }
    system_.fail(fmt::format("{} has no ask {} to answer", name(), kTraits<Q>.name));
  }
  /// As `Context::try_send`: the receiver learns that this probe sent it.
  template <typename Handles, typename M>
  SendResult try_send(const Ref<Handles>& to, M&& message) {
    SendResult result = SendResult::closed;
    as_actor([&](Context& context) { result = context.try_send(to, std::forward<M>(message)); });
    return result;
  }
  /// As `Context::subscribe`, at once.
  template <Message M>
  void subscribe(std::string_view topic = {}, const SubscriptionOptions& options = {}) {
    static_assert((std::same_as<M, Ms> || ...), "the probe keeps no messages of this type");
    as_actor([&](Context& context) { context.subscribe<M>(topic, options); });
  }
  /// As `Context::watch`: this probe gets a `Down`.
  void watch(const AnyRef& ref) {
    static_assert((std::same_as<Down, Ms> || ...), "a probe that watches is a Probe<Down, ...>");
    as_actor([&](Context& context) { context.watch(ref); });
  }

 private:
  static constexpr std::size_t kListedMax = 10;  // More messages make a sentence no clearer.

  using Actor = detail::ProbeActor<Ms...>;
  using List = detail::ReceivedList<Ms...>;
  template <typename M>
  using Came = detail::Received<M>;

  template <Message M, typename Matches>
  const M& await(const Matches& matches, std::chrono::nanoseconds within, std::string_view which) {
    static_assert((std::same_as<M, Ms> || ...), "the probe keeps no messages of this type");
    const M* found = nullptr;
    std::size_t looked_at = 0;
    const auto look = [&] {
      for (; looked_at < received_->size() && found == nullptr; ++looked_at) {
        auto* const came = std::get_if<Came<M>>(&(*received_)[looked_at]);
        if (came == nullptr || came->expected || !matches(*came->message)) continue;
        came->expected = true;
        found = &*came->message;
      }
      return found != nullptr;
    };
    if (system_.run_to(later(system_.now(), within), look)) return *found;
    const std::string instead = others();
    system_.fail(fmt::format("{} expected {}{}, and got {}", name(), kTraits<M>.name, which,
                             instead.empty() ? "nothing" : instead));
  }

  // What has come and was not expected.
  [[nodiscard]] std::string others() const {
    std::string text;
    std::size_t count = 0;
    for (const auto& any : *received_) {
      std::visit(
          [&](const auto& came) {
            if (came.expected || ++count > kListedMax) return;
            text += (text.empty() ? "" : ", ") + text_of(*came.message);
          },
          any);
    }
    if (count > kListedMax) text += fmt::format(" and {} more", count - kListedMax);
    return text;
  }
  [[nodiscard]] std::string name() const {
    return fmt::format("the probe \"{}\"", system_.system().holder_of(*ref_.cell()).second);
  }
  // Does something as the actor, between two messages of it.
  template <typename Function>
  void as_actor(const Function& function) {
    ActorCell& cell = *ref_.cell();
    system_.run_on(*cell.worker, [&] {
      if (!cell.is_held_by(ref_.id())) system_.fail("this probe has been stopped");
      Context context{cell};
      function(context);
    });
  }

  TestSystem& system_;
  std::shared_ptr<List> received_;
  RefTo<Ms...> ref_;
};

}  // namespace mycelium::testing
