#include <fmt/format.h>

#include <utility>

#include "mycelium/actor/system.hpp"

// What actors' places ask of their system about messages: dead letters, replies, who is down.
namespace mycelium {

void System::add_dead_letter(const ActorCell& cell, DeadLetterReason reason,
                             const MessageType& type) {
  // What was for an earlier holder is not the present one's.
  const bool stale = reason == DeadLetterReason::stale_ref;
  if (dead_letters_.add(reason, clock_.monotonic()))
    dead_letters_.log(reason, stale ? "a stopped actor" : display_name(cell), type.name);
  if (type.id == kTraits<DeadLetter>.id || !dead_letter_topic_.has_subscribers()) return;
  static_cast<void>(
      dead_letter_topic_.publish(DeadLetter{stale ? ActorId{} : cell.record->id, type.id, reason}));
}

void System::take_reply(Worker& worker, const Metadata& ask, const MessageType& type,
                        void* message) {
  if (Completion* const asking = worker.completions().take(ask.correlation.number)) {
    asking->complete(*asking, &type, message);
  } else {
    count_late_reply();
  }
}

void System::send_down(Worker& from, const Watcher& watcher, const Down& down) {
  if (watcher.cell->worker == &from) {
    if (watcher.cell->is_held_by(watcher.id))
      watcher.cell->push_surely(from.envelopes().make(down));
    return;
  }
  if (Worker::current() != &from) return;  // At teardown nobody is told any more.
  from.pass_on(*watcher.cell, watcher.id.value(), FrameFlags::none,
               from.envelopes().make_with(Metadata{down.actor, {}, Instant::max()}, down));
}

void System::tell_exit(const Watcher& linked, const Exit& exit) {
  // When the whole system stops, each stops in its turn, and handles what it has; at teardown
  // nobody is told any more.
  if (Worker::current() == nullptr || stop_requested()) return;
  linked.cell->worker->inject([linked, exit] {
    if (linked.cell->is_held_by(linked.id)) linked.cell->take_exit(exit);
  });
}

void System::publish_event_now(const ActorCell& cell, ActorEventKind kind,
                               std::string_view reason) {
  static_cast<void>(event_topic_.publish(
      ActorEvent{kind, cell.record->id, display_name(cell), std::string{reason}}));
}

void System::publish_event(ActorEvent event) {
  if (event_topic_.has_subscribers()) static_cast<void>(event_topic_.publish(std::move(event)));
}

void System::stop_child(const Worker& parents, const Watcher& child) {
  if (child.cell->worker == &parents) {
    if (child.cell->is_held_by(child.id)) child.cell->stop(StopMode::discard);
  } else {
    stop(AnyRef{*child.cell, child.id}, StopMode::discard);
  }
}

std::vector<std::vector<std::string>> System::find_wait_cycles() {
  std::vector<std::vector<std::string>> named;
  for (const std::vector<ActorId>& cycle : circle_looks_.look(wait_graph_, group_).circles) {
    std::vector<std::string>& names = named.emplace_back();
    for (const ActorId id : cycle) names.push_back(name_of_actor(id));
  }
  return named;
}

namespace detail {

void send_reply(System& system, const Metadata& ask, const MessageType& type, void* reply) {
  if (ask.source == ActorId{}) {
    if (!system.foreign_asks().answer(ask.correlation.number, type, reply))
      system.count_late_reply();
    return;
  }
  ActorCell& asker = system.cell_at(ask.source.slot());
  Worker* const me = Worker::current();
  if (asker.worker == me) return system.take_reply(*me, ask, type, reply);
  if (me == nullptr || !me->is_peer_of(*asker.worker)) return;  // At teardown: nobody waits.
  me->pass_on(asker, ask.source.value(), FrameFlags::reply,
              me->envelopes().move_from(type, reply, &ask));
}

void send_failure(System& system, const Metadata& ask, AskError error, std::string sentence) {
  AskFailure failure{error, std::move(sentence)};
  send_reply(system, ask, message_type<AskFailure>(), &failure);
}

}  // namespace detail
}  // namespace mycelium
