#pragma once

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "mycelium/actor/actor_cell.hpp"
#include "mycelium/actor/any_ref.hpp"
#include "mycelium/actor/ask.hpp"
#include "mycelium/actor/direct_sender.hpp"
#include "mycelium/actor/offload.hpp"
#include "mycelium/actor/ref.hpp"
#include "mycelium/actor/repeating_timer.hpp"
#include "mycelium/actor/waiting.hpp"
#include "mycelium/bus/gap.hpp"
#include "mycelium/bus/topic_registry.hpp"

namespace mycelium {

template <Message M>
class Subscriber;
namespace detail {
template <Message M>
class Publishing;
template <Message M>
class Pulling;
}  // namespace detail

template <typename A>
struct ActorClassOperations;
class Registry;
enum class Routing : std::uint8_t;

/// The metadata and the duty to answer of the message that is handled, where it has any.
struct CurrentMessage {
  const Metadata* metadata = nullptr;
  detail::PendingReply* reply = nullptr;
};

/// What an actor may ask of the runtime while one of its handlers, hooks or its factory runs.
///
/// Thread-safety: none; it belongs to that call, and a coroutine's to the coroutine. Do not keep
/// it.
class Context {
 public:
  explicit Context(ActorCell& cell, CurrentMessage current = {}) noexcept
      : cell_{cell}, current_{current} {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Who this is.

  [[nodiscard]] ActorId id() const noexcept { return cell_.record->id; }
  [[nodiscard]] const std::string& name() const noexcept { return cell_.record->name; }
  /// How often this actor has been restarted: 0 for the first object.
  [[nodiscard]] std::uint64_t restarts() const noexcept { return cell_.restart_count.value(); }
  /// A ref to this actor. Requires: `A` is this actor's class.
  template <typename A>
  [[nodiscard]] Ref<typename A::Handles> self() const {
    MYCELIUM_ASSERT(&cell_.actor_operations() == &ActorClassOperations<A>::kOperations,
                    "self<A>() names this actor's own class");
    return {cell_, id()};
  }
  /// The worker that this actor lives on.
  [[nodiscard]] Worker& worker() const noexcept { return *cell_.worker; }
  [[nodiscard]] AnyRef self() const noexcept { return {cell_, id()}; }

  // Time and chance.

  /// Monotonic time, the same during one step of the worker (promise T2).
  [[nodiscard]] Instant now() const noexcept { return cell_.worker->now(); }
  /// Wall time, the same during one step of the worker.
  [[nodiscard]] Timestamp wall_now() const noexcept { return cell_.worker->wall_now(); }
  /// The clock itself, for measuring within a step.
  [[nodiscard]] const Clock& clock() const noexcept { return cell_.worker->clock(); }
  /// This actor's own reproducible random numbers: from the system's seed, its name (its id when it
  /// has none) and its incarnation.
  [[nodiscard]] Random& random();

  // The message that is handled.

  /// Who sent it: empty unless it was sent by `Context::try_send`, `send` or `ask`.
  [[nodiscard]] AnyRef sender() const noexcept;
  /// Until when whoever asked waits for the reply; nothing when it is no ask (promise A5).
  [[nodiscard]] std::optional<Instant> deadline() const noexcept;
  /// Answers the ask that is handled, for handlers that do not return the reply. A message that is
  /// no ask needs no answer: then nothing happens. Throws std::logic_error for a second answer
  /// (promise A4).
  template <Message R>
  void reply(R value) {
    if (current_.reply == nullptr) return;
    take_reply_duty().answer(message_type<R>(), &value);
  }
  /// Takes over the duty to answer, to do it from a later handler.
  template <Message R>
  [[nodiscard]] ReplyTo<R> reply_later() {
    if (current_.reply == nullptr) return {};
    return ReplyTo<R>{take_reply_duty()};
  }
  /// Sends the message that is handled on to another actor, which answers in this one's place when
  /// it is an ask. `message` is the handler's argument.
  template <typename Handles, Message M>
  SendResult forward(const Ref<Handles>& to, const M& message);
  /// Puts the message that is handled aside until `unstash_all`; as many as the mailbox holds.
  /// False: no room aside; the message is handled as usual.
  [[nodiscard]] bool stash();
  /// Everything put aside waits again, before all else, in its order.
  void unstash_all() { cell_.unstash_all(); }

  // Sending.

  /// As `Ref::try_send`, and the receiver learns who sent it.
  template <typename Handles, typename M>
    requires(!detail::kHoldsMessages<std::remove_cvref_t<M>>)
  SendResult try_send(const Ref<Handles>& to, M&& message) {
    to.template check_handled<std::remove_cvref_t<M>>();
    if (to.cell() == nullptr) return SendResult::closed;
    if (!shares_system(to.cell())) return to.try_send(std::forward<M>(message));
    const Metadata metadata{id(), {}, Instant::max()};
    return detail::deliver_specially(*to.cell(), to.id(), std::forward<M>(message),
                                     {.metadata = &metadata});
  }
  /// The same with a message that all who get it share.
  template <typename Handles, Message M>
  SendResult try_send(const Ref<Handles>& to, const Shared<M>& message) {
    to.template check_handled<M>();
    if (to.cell() == nullptr) return SendResult::closed;
    if (!shares_system(to.cell())) return to.try_send(message);
    const Metadata metadata{id(), {}, Instant::max()};
    return detail::deliver_block(*to.cell(), to.id(), message_type<M>(), message.payload(),
                                 &metadata);
  }
  /// The same with what a variant holds. The receiver handles each alternative.
  template <typename Handles, Message... Alternatives>
  SendResult try_send(const Ref<Handles>& to, const std::variant<Alternatives...>& message) {
    return std::visit([&](const auto& held) { return try_send(to, held); }, message);
  }
  /// `co_await context.send(to, message, 5ms)`: waits for room in the order of asking for it, and
  /// for `timeout` at most. `full`: there was none in time (promise D5).
  template <typename Handles, typename M>
  [[nodiscard]] auto send(const Ref<Handles>& to, M&& message,
                          std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max()) {
    to.template check_handled<std::remove_cvref_t<M>>();
    return detail::Sending<std::remove_cvref_t<M>>{cell_, to.cell(), to.id(),
                                                   std::forward<M>(message), timeout};
  }
  /// `const Result<Stats> stats = co_await context.ask(ref, GetStats{}, 10ms);` The request leaves
  /// at once, so that several asks may be on their way before the first is awaited. Errors, by
  /// code: `timeout`, `target_down`, `full`, `disconnected`, `handler_failed` (promise A1).
  template <typename Handles, Request Q>
  [[nodiscard]] detail::Asking<typename Q::Reply> ask(const Ref<Handles>& to, Q request,
                                                      std::chrono::nanoseconds timeout) {
    to.template check_handled<Q>();
    return detail::Asking<typename Q::Reply>{cell_, to.cell(), to.id(), std::move(request),
                                             timeout};
  }
  /// A sender for hot paths: what it looks up once, `Ref::try_send` looks up for each message. For
  /// this worker only.
  template <Message... Ms>
  [[nodiscard]] DirectSender<Ms...> direct(const Ref<Messages<Ms...>>& to) {
    return DirectSender<Ms...>{to.cell(), to.id()};
  }

  // Others, by name.

  /// The names of this system's actors; also `System::lookup`.
  [[nodiscard]] Registry& registry() noexcept;
  /// As `System::group`: `context.group<Job>("workers", Routing::round_robin)`.
  template <typename... Ts>
  [[nodiscard]] auto group(std::string_view name, Routing routing = Routing{});

  // Publish and subscribe.

  /// A publisher on a topic; an empty name means the message's own. Throws std::invalid_argument
  /// when the topic carries another type, or the name is a pattern.
  template <Message M>
  [[nodiscard]] Publisher<M> publisher(std::string_view topic = {},
                                       const TopicOptions& options = {}) {
    return Publisher<M>{topics().topic<M>(topic, options)};
  }
  /// `co_await context.publish(publisher, message)`: waits until every `block` subscriber has room,
  /// and for `timeout` at most; `full` is greater than zero when one had none in time, or at once
  /// when a `fail` one has none (promise D7).
  /// Nobody else waits for it. Defined in `publishing.hpp`.
  template <Message M>
  [[nodiscard]] detail::Publishing<M> publish(
      const Publisher<M>& publisher, std::type_identity_t<M> message,
      std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max());
  /// From now on this actor handles what is published there, and first what is retained. A name
  /// such as `market.*` or `market.>` means every topic of this message that matches, now and later
  /// (`TopicPattern`). A restart keeps the subscription; subscribing again only replaces its
  /// options. What is dropped is told by a `Gap` where the class handles it. With `conflate` the
  /// class tells the key: `static std::uint64_t conflation_key(const M&) noexcept`. Errors: as
  /// `publisher`, and std::invalid_argument for a wrong pattern or options, or where there is no
  /// such key.
  template <Message M>
  void subscribe(std::string_view topic = {}, const SubscriptionOptions& options = {}) {
    if (options.overflow == Overflow::conflate) check_conflates(message_type<M>());
    cell_.record->has_subscribed = true;
    const bool tells_gaps = cell_.actor_operations().handles(kTraits<Gap>.id);
    if (TopicPattern::is_one(topic)) {
      topics().subscribe<M>(TopicPattern{topic}, cell_, id(), options, tells_gaps);
    } else {
      topics().subscribe<M>(topic, cell_, id(), options, tells_gaps);
    }
  }
  /// The same for the message's own topic.
  template <Message M>
  void subscribe(const SubscriptionOptions& options) {
    subscribe<M>({}, options);
  }
  /// Ends this actor's subscription to that topic, or to that pattern with all that it has brought.
  /// A topic that another of its subscriptions matches stays, under that one's options. What waits
  /// in the mailbox is handled still; what is published from now on does not come, but for what
  /// another thread was publishing already. Idempotent. Errors: as `subscribe`.
  template <Message M>
  void unsubscribe(std::string_view topic = {}) {
    if (topic.empty()) topic = kTraits<M>.topic;
    if (TopicPattern::is_one(topic)) {
      topics().unsubscribe(TopicPattern{topic}, kTraits<M>.id, id());
    } else {
      topics().unsubscribe(topic, kTraits<M>.id, id());
    }
  }
  /// A pull subscriber for a loop of this actor's own; a name may be a pattern; `key` is for
  /// `conflate`. Defined, as `next`,
  /// in `pull.hpp`. Errors: as `subscribe`.
  template <Message M>
  [[nodiscard]] Subscriber<M> subscriber(std::string_view topic = {},
                                         const SubscriberOptions& options = {},
                                         ConflationKeyOf<M> key = nullptr);
  /// `while (auto swap = co_await context.next(subscriber))`: the oldest message, as soon as there
  /// is one; nothing once the subscriber is closed and empty, or the actor is to stop and it is
  /// empty. Others of this actor's messages wait meanwhile, but for `Interleaved` ones. One
  /// coroutine at a time waits for a subscriber.
  template <Message M>
  [[nodiscard]] detail::Pulling<M> next(Subscriber<M>& subscriber);

  // Timers. They belong to this incarnation: after a restart they are gone (promise T1).

  /// Sends `message` to this actor itself at the first step at or after `delay` from now. It enters
  /// the mailbox whatever the capacity.
  template <Message M>
  TimerHandle after(std::chrono::nanoseconds delay, M message) {
    Envelope* envelope = cell_.worker->envelopes().make(std::move(message));
    envelope->incarnation = cell_.incarnation;
    return TimerHandle{cell_.worker->arm_timer(later(now(), delay), cell_, envelope), 0, id(),
                       cell_.incarnation};
  }
  /// Sends a copy of `message` to this actor itself every `period`, the first time after one, at a
  /// fixed rate. Ticks that the worker was too late for, or that met a full mailbox, are left out
  /// and counted (`ActorStatus::ticks_missed`). Requires: period > 0; throws std::invalid_argument.
  template <Message M>
  TimerHandle every(std::chrono::nanoseconds period, const M& message) {
    return detail::start_repeating(cell_, period, detail::copier_of(message),
                                   Shared<M>::make(message).payload());
  }
  /// False: it has come already, or was cancelled, or is of an earlier incarnation or of another
  /// actor.
  bool cancel(const TimerHandle& timer) noexcept;
  /// `co_await context.sleep(5ms)`: this actor goes on at the first step at or after that.
  [[nodiscard]] detail::Sleeping sleep(std::chrono::nanoseconds delay) {
    return detail::Sleeping{cell_, later(now(), delay)};
  }

  // Others' lives and its own.

  /// Starts an actor that lives as long as this incarnation at most: it is stopped with it, after
  /// those that were spawned later (promise L5). On this worker unless the options say otherwise.
  /// Errors: as `System::spawn`.
  template <typename Factory>
  auto spawn(std::string name, Factory factory, SpawnOptions options = {});
  template <typename Factory>
  auto spawn(Factory factory, const SpawnOptions& options = {}) {
    return spawn(std::string{}, std::move(factory), options);
  }
  /// From now on this actor gets one `Down` when that one stops for good; at once when it has
  /// already. A restart of either changes nothing (promise S10). Requires: this actor handles Down;
  /// both are of one system.
  void watch(const AnyRef& ref);
  void unwatch(const AnyRef& ref);
  /// From now on the two die together: when one stops for good, the other is stopped too, or, if
  /// its class handles `Exit`, is told. At once when that one has stopped already. A restart
  /// changes nothing (promise S11). Requires: both are of one system.
  void link(const AnyRef& ref);
  void unlink(const AnyRef& ref);
  /// From the next message on the handlers of `behaviour`, an object with `Handles` and `handle` as
  /// an actor class has them, stand before this actor's own. It may refer to the actor's object. A
  /// restart ends it.
  template <typename B>
  void become(B behaviour) {
    cell_.become(std::make_unique<Behaviour>(ActorClassOperations<B>::kOperations,
                                             new B(std::move(behaviour))));
  }
  /// Back to the actor's own handlers.
  void unbecome() { cell_.become(nullptr); }
  /// This actor stops for good when the present handler has returned; what waits goes to the dead
  /// letters.
  void stop() noexcept { cell_.afterwards |= ActorCell::kStop; }
  /// This actor's work is done when the present handler has returned: a permanent one is restarted,
  /// any other stops for good, as `ended` (promise S2).
  void end() noexcept { cell_.afterwards |= ActorCell::kEnd; }
  /// Whether a stop waits for what is still to be handled (promise X1).
  [[nodiscard]] bool stop_requested() const noexcept {
    return cell_.state.load(std::memory_order_relaxed) == ActorState::stopping;
  }
  /// Asks the whole system to stop, as SIGTERM would; `System::wait` returns.
  void stop_system();

  /// `co_await context.offload([path] { return read_all(path); })`: runs a function that may block
  /// on a thread of the system's pool, and goes on with what it returns or throws. The function
  /// owns what it uses: this actor may be restarted before it ends, and the result is dropped then.
  template <typename Function>
  [[nodiscard]] auto offload(Function function) {
    return detail::Offloading<Function>{cell_, std::move(function)};
  }

  /// One line in the log, with this actor's name.
  template <typename... Arguments>
  void log(fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    log_line(fmt::format(format, std::forward<Arguments>(arguments)...));
  }

 private:
  [[nodiscard]] TopicRegistry& topics() noexcept;
  [[nodiscard]] detail::PendingReply take_reply_duty();
  /// Ids mean something within one system only.
  [[nodiscard]] bool shares_system(const ActorCell* other) const noexcept {
    return other->worker->is_peer_of(*cell_.worker);
  }
  void log_line(const std::string& line) const;
  /// Throws std::invalid_argument where the class tells no key of such messages.
  void check_conflates(const MessageType& type) const;
  void add_to_watchers_of(const AnyRef& ref, const Watcher& me);
  void remove_from_watchers_of(const AnyRef& ref, const Watcher& me);

  ActorCell& cell_;
  const CurrentMessage current_;
};

template <typename Handles, Message M>
SendResult Context::forward(const Ref<Handles>& to, const M& message) {
  to.template check_handled<M>();
  if (to.cell() == nullptr) return SendResult::closed;
  if (current_.metadata == nullptr) return to.try_send(message);
  if (!shares_system(to.cell()))
    return current_.reply != nullptr ? SendResult::disconnected : to.try_send(message);
  const SendResult result =
      detail::deliver_specially(*to.cell(), to.id(), message, {.metadata = current_.metadata});
  // Whoever got it answers now.
  if (result == SendResult::ok && current_.reply != nullptr) take_reply_duty().hand_over();
  return result;
}

}  // namespace mycelium
