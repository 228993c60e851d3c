#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mycelium/actor/dead_letters.hpp"
#include "mycelium/actor/options.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/bus/mailbox_cell.hpp"

namespace mycelium {

class Context;
class System;

/// Where an actor is in its life (promise L1).
enum class ActorState : std::uint8_t { starting, running, restarting, stopping, stopped };

[[nodiscard]] std::string_view name_of(ActorState state) noexcept;

/// What the runtime can do with an actor object without knowing its class.
struct ActorOperations {
  CellOperations cell;
  void (*on_start)(void* actor, Context& context);
  void (*on_stop)(void* actor, Context& context);
  void (*destroy)(void* actor) noexcept;
};

/// The operations of a place that nobody has held yet: what arrives waits for the first holder.
extern const CellOperations kVacantCell;

/// Makes the actor object of each incarnation.
using ActorFactory = std::move_only_function<void*(Context*)>;

/// The seldom used part of an actor, apart from the cell so that hot cells stay small.
struct ActorRecord {
  ActorId id;
  std::string name;
  const ActorOperations* operations = nullptr;
  ActorFactory factory;
  SpawnOptions options;
  std::deque<Instant> restarts;  ///< Within the sliding period (promise S5).
  std::unique_ptr<Random> random;
  std::string last_error;
};

/// An actor's place: the object of its present incarnation, its mailbox, and what supervises it.
///
/// Thread-safety: functions and plain fields by the owner worker only; atomics and counters by any
/// thread.
struct alignas(kCacheLineBytes) ActorCell : MailboxCell {
  ActorCell(System& owner, Worker& home) noexcept;

  // Owner worker.
  System& system;
  const ActorOperations* actor_operations = nullptr;
  void* actor = nullptr;
  std::unique_ptr<ActorRecord> record;  ///< Of the present holder; null when there is none.
  std::uint32_t incarnation = 0;        ///< Counts every object this place has had, of all holders.
  bool stop_wanted = false;
  // Any thread reads.
  std::atomic<ActorState> state{ActorState::stopped};
  Counter restart_count;

  /// A new holder: factory, `on_start`; a failure here is a failure like any other.
  void start(std::unique_ptr<ActorRecord> holder);
  /// Takes no more messages; handles (drain) or gives up (discard) what waits; runs `on_stop`, ends
  /// the object.
  void stop(bool drain);
  /// The exception now in flight came out of the actor: gives the message up as poison and
  /// restarts.
  void fail(const MessageType* poison) noexcept;
  /// A message that was taken and cannot be handled.
  void dead_letter(DeadLetterReason reason, const MessageType& type);

  // The slow ways behind ActorClassOperations.
  void receive_slowly(FrameHeader& frame);
  void take_timer(Envelope* envelope);
  void take_arrival(std::uint64_t id, Envelope* envelope);
  void end_if_wanted();

 private:
  bool construct_and_start() noexcept;
  void give_up() noexcept;
  void end_object() noexcept;
  void change_state(ActorState next) noexcept;
  bool may_restart();
  void note_failure(std::string_view during) noexcept;
  void discard_waiting();

  bool ending_ = false;  // Inside stop(): a failure on the way must not stop again.
};

/// The operations of one actor class: what is called for every message is compiled for the class.
template <typename A>
struct ActorClassOperations {
  static void receive(Cell& base, FrameHeader& frame);
  static std::uint32_t run(Cell& base, std::uint32_t budget);
  static void timer_due(Cell& base, Envelope* envelope) {
    static_cast<ActorCell&>(base).take_timer(envelope);
  }
  static void consume(ActorCell& cell, Context& context, std::uint16_t type_id, void* message);
  static void on_start(void* actor, Context& context);
  static void on_stop(void* actor, Context& context);
  static void destroy(void* actor) noexcept { delete static_cast<A*>(actor); }

  static void arrive(Cell& base, std::uint64_t id, Envelope* envelope) {
    static_cast<ActorCell&>(base).take_arrival(id, envelope);
  }

  static constexpr ActorOperations kOperations{
      {receive, run, timer_due, arrive}, on_start, on_stop, destroy};
};

}  // namespace mycelium
