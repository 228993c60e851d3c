#include "mycelium/bus/mailbox_cell.hpp"

#include <bit>
#include <limits>
#include <utility>

namespace mycelium {
namespace {

// While somebody waits for room, every message that leaves is looked at.
constexpr std::uint32_t kEveryOne = std::numeric_limits<std::uint32_t>::max();
// Messages that leave before those who wait are served: few enough for a small counter.
constexpr std::uint32_t kLeftMax = 32'768;

}  // namespace

void MailboxCell::claim(const MailboxOptions& options) {
  constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
  bound = options.capacity;
  overflow = options.overflow;
  admits_below = admits_only_with_room() ? bound : kNoLimit;
  books_.reset();
  if (overflow == Overflow::conflate) {
    books_ = std::make_unique<Books>(*this);
    books_->keys = std::make_unique<ConflationTable<Envelope*>>(bound);
  }
  pop_slowly_ = must_pop_slowly();
  for (Counter* counter : {&depth_high_water, &dropped, &conflated}) counter->reset();
  capacity.store(admits_below, std::memory_order_relaxed);
  urgent_full.store(false, std::memory_order_relaxed);
  note_beside();
  never_waits.store(overflow == Overflow::fail, std::memory_order_relaxed);
  publish_depth();
}

void MailboxCell::push_slowly(Envelope* envelope) {
  if (!runnable_ && operations->divert != nullptr && operations->divert(*this, envelope)) return;
  switch (overflow) {
    case Overflow::drop_newest:
      if (depth >= bound) {
        dropped.add();
        return give_up(envelope);
      }
      append(envelope);
      break;
    case Overflow::drop_oldest:
      if (depth >= bound) drop_oldest();
      append(envelope);
      break;
    case Overflow::conflate:
      push_conflating(envelope);
      break;
    case Overflow::block:
    case Overflow::fail:
      append(envelope);
      break;
  }
  if (runnable_) worker->make_ready(*this);
}

bool MailboxCell::key_of(const Envelope& envelope, std::uint64_t& key) const {
  // Each ask waits for its own reply, so none replaces another.
  const bool is_ask = envelope.has_metadata && const_cast<Envelope&>(envelope).metadata().is_ask();
  return operations->conflation_key != nullptr && !is_ask &&
         operations->conflation_key(*this, envelope, key);
}

void MailboxCell::forget_key(const Envelope& envelope) {
  std::uint64_t key = 0;
  ConflationTable<Envelope*>* const table = keys();
  if (table == nullptr || !key_of(envelope, key)) return;
  if (table->find({envelope.type->id, key}) == &envelope) table->erase({envelope.type->id, key});
}

void MailboxCell::push_surely(Envelope* envelope) {
  if (!runnable_ && operations->divert != nullptr && operations->divert(*this, envelope)) return;
  append(envelope);
  if (runnable_) worker->make_ready(*this);
}

void MailboxCell::push_conflating(Envelope* envelope) {
  std::uint64_t key = 0;
  const bool has_key = key_of(*envelope, key);
  if (has_key) {
    if (Envelope* const waiting = keys()->find({envelope->type->id, key})) {
      conflated.add();
      return replace(*waiting, envelope);
    }
  }
  if (depth >= bound) drop_oldest();
  if (has_key) keys()->insert({envelope->type->id, key}, envelope);
  append(envelope);
}

// The later message takes the place of the waiting one in the queue. That ends last: what its
// destructor sends finds everything in order.
void MailboxCell::replace(Envelope& waiting, Envelope* by) {
  const MessageType& type = *waiting.type;
  alignas(16) std::byte replaced[Envelope::kInlineBytes];
  void* const block = waiting.is_inline() ? nullptr : waiting.payload;
  if (block == nullptr) {
    type.move_to(replaced, waiting.payload);
    type.destroy(waiting.payload);
  }
  if (by->is_inline()) {
    waiting.payload = waiting.inline_bytes;
    waiting.type->move_to(waiting.payload, by->payload);
  } else {
    waiting.payload = by->payload;
    BlockPool::retain(by->payload);  // The place's; the envelope gives its own back.
  }
  waiting.has_metadata = false;
  if (by->has_metadata) waiting.set_metadata(by->metadata());
  worker->envelopes().release(by);
  block != nullptr ? BlockPool::release(block, &worker->blocks()) : type.destroy(replaced);
}

void MailboxCell::drop_oldest() {
  Envelope* const oldest = queue.pop_front();
  if (oldest == nullptr) return;
  --depth;
  forget_key(*oldest);
  dropped.add();
  give_up(oldest);
}

void MailboxCell::give_up(Envelope* envelope) {
  if (operations->drop != nullptr) return operations->drop(*this, envelope);
  worker->envelopes().release(envelope);
}

void MailboxCell::push_urgent(Envelope* envelope) {
  envelope->urgent = true;
  if (!runnable_ && operations->divert != nullptr && operations->divert(*this, envelope)) return;
  urgent.push_back(envelope);
  pop_slowly_ = true;
  if (++urgent_depth >= kUrgentCapacity) urgent_full.store(true, std::memory_order_relaxed);
  add_beside();
  depth_high_water.raise_to(waiting_exactly());
  if (runnable_) worker->make_ready(*this);
}

// Urgent messages and those of backlogs have bounds of their own, so `depth` leaves them out.
void MailboxCell::note_beside() noexcept {
  std::size_t beside = urgent_depth;
  if (books_ != nullptr) beside += books_->backlogs.waiting - books_->backlogs.passed_over;
  beside_.store(static_cast<std::uint32_t>(beside), std::memory_order_relaxed);
  depth_high_water.raise_to(waiting_exactly());
}

Envelope* MailboxCell::pop_specially() {
  if (Envelope* const envelope = urgent.pop_front()) {
    if (urgent_depth-- == kUrgentCapacity) urgent_full.store(false, std::memory_order_relaxed);
    take_beside();
    pop_slowly_ = must_pop_slowly();
    return envelope;
  }
  if (backlogs_wait()) return pop_among_backlogs();
  Envelope* const envelope = queue.pop_front();
  if (envelope == nullptr) return nullptr;
  forget_key(*envelope);
  if (--depth < publish_below_) depth_fell();
  return envelope;
}

void MailboxCell::push_back_in_front(EnvelopeList& envelopes, std::uint32_t count) {
  queue.prepend(envelopes);
  depth += count;
  counts_changed();
  if (runnable_ && anything_waits()) worker->make_ready(*this);
}

void MailboxCell::push_back_in_front(Envelope* envelope) {
  EnvelopeList one;
  one.push_back(envelope);
  if (!envelope->urgent) return push_back_in_front(one, 1);
  urgent.prepend(one);
  pop_slowly_ = true;
  if (++urgent_depth >= kUrgentCapacity) urgent_full.store(true, std::memory_order_relaxed);
  add_beside();
  depth_high_water.raise_to(waiting_exactly());
  if (runnable_) worker->make_ready(*this);
}

void MailboxCell::publish_depth() noexcept {
  published_depth.store(depth, std::memory_order_relaxed);
  const std::uint32_t step = std::max(1U, bound / 8);
  const bool full = depth >= bound;
  publish_above_ =
      full ? std::numeric_limits<std::uint32_t>::max() : std::min(depth + step, bound - 1);
  publish_below_ = full ? bound : depth > step ? depth - step : std::min(depth, 1U);
  if (room_wanted != 0) publish_below_ = kEveryOne;
}

void MailboxCell::depth_fell() {
  publish_depth();
  if (room_wanted == 0) return;
  const std::uint32_t enough = std::clamp(bound / 2, 1U, kLeftMax);
  if (++left_since_wanted_ >= enough || depth <= bound / 2) offer_room();
}

void MailboxCell::counts_changed() {
  pop_slowly_ = must_pop_slowly();
  urgent_full.store(urgent_depth >= kUrgentCapacity, std::memory_order_relaxed);
  note_beside();
  depth_fell();  // It may have: who waits for room is to know.
}

void MailboxCell::want_room(Worker& waiting, ActorId id) {
  if (&waiting == worker) return note_wanted(id, waiting);
  worker->inject([this, id, &waiting] { note_wanted(id, waiting); });
}

void MailboxCell::note_wanted(ActorId id, Worker& waiting) {
  // Of a holder that is gone: there is nothing to wait for, and the fields are the next one's.
  if (open_id.load(std::memory_order_relaxed) != id.value()) return serve(waiting);
  room_wanted |= std::uint64_t{1} << waiting.index();
  if (&waiting == worker && admits_only_with_room())
    admits_below = 0;  // A try_send of the same worker does not overtake who waits.
  publish_below_ = kEveryOne;
  // Room there may be already: by now this worker has emptied the lane as well.
  if (depth <= bound / 2 || !admits_only_with_room()) return grant_room();
  if (!runnable_) offer_room();
}

void MailboxCell::grant_room() {
  left_since_wanted_ = 0;
  for (std::uint64_t left = std::exchange(room_wanted, 0); left != 0; left &= left - 1) {
    serve(worker->peer(static_cast<std::uint16_t>(std::countr_zero(left))));
  }
}

void MailboxCell::serve(Worker& waiting) {
  waiting.inject([this, &waiting] {
    const ActorId unserved = waiting.room_waiters().serve(*this);
    if (unserved != ActorId{}) want_room(waiting, unserved);
  });
}

void MailboxCell::waiter_left(const Worker& waiting) noexcept {
  if (&waiting != worker || worker->room_waiters().first(*this) != nullptr) return;
  // Without a holder the fields may be another thread's, which claims the place and sets them.
  if (open_id.load(std::memory_order_acquire) != 0 && admits_only_with_room()) admits_below = bound;
}

void MailboxCell::release_waiters() { grant_room(); }

}  // namespace mycelium
