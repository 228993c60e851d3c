#include "mycelium/actor/context.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <stdexcept>

#include "mycelium/actor/system.hpp"
#include "mycelium/base/stable_hash.hpp"

namespace mycelium {
Random& Context::random() {
  auto& random = cell_.extras().random;
  if (random == nullptr) {
    // Its name's hash, so that an actor's numbers do not depend on its place or start order.
    const std::uint64_t own = name().empty() ? id().value() : stable_hash(name());
    random = std::make_unique<Random>(cell_.system().seed() ^ own ^ (restarts() << 32));
  }
  return *random;
}

AnyRef Context::sender() const noexcept {
  if (current_.metadata == nullptr || current_.metadata->source == ActorId{}) return {};
  const ActorId source = current_.metadata->source;
  return AnyRef{cell_.system().cell_at(source.slot()), source};
}

std::optional<Instant> Context::deadline() const noexcept {
  if (current_.metadata == nullptr || !current_.metadata->is_ask()) return std::nullopt;
  return current_.metadata->deadline;
}

detail::PendingReply Context::take_reply_duty() {
  if (!current_.reply->is_open())
    throw std::logic_error{"this ask has been answered, or its answer left to another, already"};
  return std::move(*current_.reply);
}

bool Context::cancel(const TimerHandle& timer) noexcept {
  // Numbers mean something on their own worker only.
  if (timer.owner != id() || timer.incarnation != cell_.incarnation) return false;
  Worker& worker = *cell_.worker;
  if (timer.repeating != 0) return detail::stop_repeating(worker, timer.repeating);
  const auto cancelled = worker.timers().cancel(timer.once);
  if (cancelled) cancelled->kind->discard(cancelled->subject, cancelled->detail);
  return cancelled.has_value();
}

void Context::watch(const AnyRef& ref) {
  if (!ref) return;
  MYCELIUM_ASSERT(shares_system(ref.cell()), "an actor watches actors of its own system");
  add_to_watchers_of(ref, Watcher{&cell_, id()});
}

void Context::add_to_watchers_of(const AnyRef& ref, const Watcher& me) {
  ActorCell& target = *ref.cell();
  if (target.worker == cell_.worker) return target.add_watcher(ref.id(), me);
  target.worker->inject([&target, id = ref.id(), me] { target.add_watcher(id, me); });
}

void Context::remove_from_watchers_of(const AnyRef& ref, const Watcher& me) {
  ActorCell& target = *ref.cell();
  if (target.worker == cell_.worker) return target.remove_watcher(ref.id(), me);
  target.worker->inject([&target, id = ref.id(), me] { target.remove_watcher(id, me); });
}

void Context::unwatch(const AnyRef& ref) {
  if (ref) remove_from_watchers_of(ref, Watcher{&cell_, id()});
}

// Each of the two is among the other's watchers, as one that is linked.
void Context::link(const AnyRef& ref) {
  if (!ref || ref.id() == id()) return;
  MYCELIUM_ASSERT(shares_system(ref.cell()), "an actor is linked with actors of its own system");
  cell_.add_watcher(id(), Watcher{ref.cell(), ref.id(), true});
  add_to_watchers_of(ref, Watcher{&cell_, id(), true});
}

void Context::unlink(const AnyRef& ref) {
  if (!ref) return;
  cell_.remove_watcher(id(), Watcher{ref.cell(), ref.id(), true});
  remove_from_watchers_of(ref, Watcher{&cell_, id(), true});
}

Registry& Context::registry() noexcept { return cell_.system().registry(); }

TopicRegistry& Context::topics() noexcept { return cell_.system().topics(); }

void Context::check_conflates(const MessageType& type) const {
  if (cell_.actor_operations().conflates(type.id)) return;
  throw std::invalid_argument{
      fmt::format("actor \"{0}\" subscribes to {1} with `conflate`, but its class does not say the "
                  "key of one: `static std::uint64_t conflation_key(const {1}&) noexcept`",
                  System::display_name(cell_), type.name)};
}

void Context::stop_system() { cell_.system().request_stop(); }

void Context::log_line(const std::string& line) const {
  spdlog::info("actor \"{}\": {}", System::display_name(cell_), line);
}

}  // namespace mycelium
