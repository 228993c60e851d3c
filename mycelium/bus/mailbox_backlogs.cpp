#include <new>
#include <utility>

#include "mycelium/bus/gap.hpp"
#include "mycelium/bus/mailbox_cell.hpp"

// What waits in a mailbox of subscriptions that drop their oldest message or conflate (promise D6).
namespace mycelium {
namespace {

// From now on the message is no backlog's.
void take_out(Envelope& envelope, Backlog& backlog, Backlogs& backlogs) noexcept {
  envelope.backlog = 0;
  --backlog.waiting;
  --backlogs.waiting;
}

}  // namespace

void MailboxCell::push_published(Envelope* envelope, Backlog& backlog, std::uint32_t missed) {
  if (!admits_only_with_room()) [[unlikely]] {
    if (missed > 0) dropped.add(missed);
    return push(envelope);
  }
  if (books_ == nullptr) books_ = std::make_unique<Books>(*this);
  Backlogs& backlogs = books_->backlogs;
  const std::uint16_t number = backlogs.number_of(backlog);
  if (missed > 0) dropped.add(missed);
  if (number == 0) return push(envelope);
  if (!runnable_ && operations->divert != nullptr && operations->divert(*this, envelope)) {
    backlog.gap += missed;
    return tell_gaps();
  }
  if ((backlog.conflation.load(std::memory_order_relaxed) | backlog.conflation_seen) != 0 &&
      replaces_waiting(envelope, backlog, missed)) [[unlikely]]
    return;
  envelope->backlog = number;
  envelope->missed = missed;
  queue.push_back(envelope);
  pop_slowly_ = true;
  ++backlogs.waiting;
  ++backlog.waiting;
  add_beside();
  keep_bound(backlog);
  depth_high_water.raise_to(waiting_exactly());
  if (runnable_) worker->make_ready(*this);
}

void MailboxCell::arrive_published(std::uint64_t id, Envelope* envelope, Backlog& backlog,
                                   std::uint32_t missed) {
  // An earlier holder's: the cell gives it up, and the backlog is not this one's to look at.
  if (open_id.load(std::memory_order_relaxed) != id) return operations->arrive(*this, id, envelope);
  push_published(envelope, backlog, missed);
}

void MailboxCell::keep_bound(Backlog& backlog) {
  const std::uint32_t room = backlog.capacity.load(std::memory_order_relaxed);
  while (backlog.waiting > room) [[unlikely]]
    pass_over_oldest(backlog);
}

// Otherwise the message is appended, and waits under its key where the subscription conflates.
bool MailboxCell::replaces_waiting(Envelope* envelope, Backlog& backlog, std::uint32_t missed) {
  const std::uint32_t conflation = backlog.conflation.load(std::memory_order_relaxed);
  if (conflation != backlog.conflation_seen) {
    // It has begun, ended, or both: what waits stays as it is.
    backlog.keys.reset();
    backlog.conflation_seen = conflation;
    backlog.came = backlog.waiting;
  }
  if (conflation == 0) return false;
  keep_bound(backlog);  // It may be less than it was.
  std::uint64_t key = 0;
  const bool has_key = key_of(*envelope, key);
  const ConflationKey of{envelope->type->id, key};
  const std::uint64_t ordinal_of_oldest = backlog.came - backlog.waiting;
  if (has_key && backlog.keys != nullptr) {
    const Backlog::Replaceable waiting = backlog.keys->find(of);
    if (waiting && waiting.ordinal >= ordinal_of_oldest) {
      waiting.envelope->missed += missed;
      conflated.add();
      replace(*waiting.envelope, envelope);
      return true;
    }
    if (waiting) backlog.keys->erase(of);  // It is passed over.
  }
  if (has_key) note_key(backlog, of, envelope);
  ++backlog.came;
  return false;
}

void MailboxCell::note_key(Backlog& backlog, const ConflationKey& key,
                           Envelope* envelope) noexcept {
  constexpr std::size_t kKeysAtFirst = 16;
  try {
    if (backlog.keys == nullptr)
      backlog.keys = std::make_unique<ConflationTable<Backlog::Replaceable>>(kKeysAtFirst);
    backlog.keys->insert(key, {envelope, backlog.came});
  } catch (const std::bad_alloc&) {
    // It is replaced by none then, and loses nothing.
  }
}

void MailboxCell::forget_key_in(Backlog& backlog, const Envelope& envelope) {
  std::uint64_t key = 0;
  if (!key_of(envelope, key)) return;
  const ConflationKey of{envelope.type->id, key};
  if (backlog.keys->find(of).envelope == &envelope) backlog.keys->erase(of);
}

// The message stays where it is, for whoever publishes has readers that wait: it is left out when
// it comes to the front, at the end of the step where nothing else waits before it, or by a sweep.
void MailboxCell::pass_over_oldest(Backlog& backlog) {
  Backlogs& backlogs = books_->backlogs;
  --backlog.waiting;
  take_beside();
  ++backlog.passed_over;
  ++backlogs.passed_over;
  backlog.dropped.add();
  dropped.add();
  worker->at_step_end().add(*books_);
  if (backlogs.needs_sweep(depth)) [[unlikely]]
    sweep_backlogs();
}

void MailboxCell::leave_out_passed_over(StepEndTask& books) {
  MailboxCell& cell = static_cast<Books&>(books).cell;
  // No look at the next one, which nobody has touched for as long, when there is none to leave out.
  while (cell.books_->backlogs.passed_over != 0) {
    const Envelope* const front = cell.queue.front();
    if (!cell.leave_out_front()) return;
    // The next message will be put there: its place has lain untouched and may be far away.
    __builtin_prefetch(front->inline_bytes + kCacheLineBytes, 1);
  }
}

// Whether the first message had been passed over; it has left then.
bool MailboxCell::leave_out_front() {
  Envelope* const front = queue.front();
  if (front == nullptr || front->backlog == 0) return false;
  Backlogs& backlogs = books_->backlogs;
  Backlog& backlog = backlogs.at(front->backlog);
  if (backlog.passed_over == 0) return false;
  static_cast<void>(queue.pop_front());
  if (backlog.keys != nullptr) [[unlikely]]
    forget_key_in(backlog, *front);
  --backlog.passed_over;
  --backlogs.passed_over;
  --backlogs.waiting;
  backlog.gap += 1 + front->missed;
  give_up(front);
  return true;
}

// O(messages that wait), once for as many messages that were passed over.
void MailboxCell::sweep_backlogs() {
  Backlogs& backlogs = books_->backlogs;
  EnvelopeList left_out;
  backlogs.waiting -= queue.extract(
      [&](const Envelope& envelope) {
        if (envelope.backlog == 0) return false;
        Backlog& backlog = backlogs.at(envelope.backlog);
        if (backlog.passed_over == 0) return false;
        if (backlog.keys != nullptr) forget_key_in(backlog, envelope);
        --backlog.passed_over;
        backlog.gap += 1 + envelope.missed;
        return true;
      },
      left_out);
  backlogs.passed_over = 0;
  while (Envelope* const envelope = left_out.pop_front()) give_up(envelope);
}

void MailboxCell::leave_backlog(Envelope& envelope) {
  Backlog& backlog = books_->backlogs.at(envelope.backlog);
  if (backlog.keys != nullptr) forget_key_in(backlog, envelope);
  backlog.gap += std::exchange(envelope.missed, 0);
  take_out(envelope, backlog, books_->backlogs);
}

Envelope* MailboxCell::pop_among_backlogs() {
  Backlogs& backlogs = books_->backlogs;
  while (Envelope* const front = queue.front()) {
    if (front->backlog == 0) {
      static_cast<void>(queue.pop_front());
      if (--depth < publish_below_) depth_fell();
      return front;
    }
    Backlog& backlog = backlogs.at(front->backlog);
    if (backlog.passed_over != 0) [[unlikely]] {
      leave_out_front();
      continue;
    }
    backlog.gap += std::exchange(front->missed, 0);
    if (backlog.gap > 0 && backlog.tells_gaps) [[unlikely]]
      return make_gap(backlog);
    static_cast<void>(queue.pop_front());
    if (backlog.keys != nullptr) [[unlikely]]
      forget_key_in(backlog, *front);
    take_out(*front, backlog, backlogs);  // leave_backlog would cost 23 instructions.
    take_beside();
    if (backlogs.waiting == 0) pop_slowly_ = must_pop_slowly();
    return front;
  }
  return nullptr;
}

Envelope* MailboxCell::make_gap(Backlog& backlog) {
  Envelope* const envelope = worker->envelopes().make(Gap{backlog.topic, backlog.gap});
  backlog.gap = 0;
  return envelope;
}

// What was missed is told before all that waits: the message that would have told it has left.
void MailboxCell::tell_gaps() {
  EnvelopeList gaps;
  books_->backlogs.for_each([&](Backlog& backlog) {
    if (backlog.gap == 0 || !backlog.tells_gaps) return;
    gaps.push_back(make_gap(backlog));
    ++depth;
  });
  if (gaps.empty()) return;
  queue.prepend(gaps);
  publish_depth();
}

void MailboxCell::end_backlogs() {
  if (books_ == nullptr) return;
  worker->at_step_end().take_back(*books_);
  books_->backlogs.for_each([](Backlog& backlog) { backlog.keys.reset(); });
  if (!backlogs_wait()) return;
  sweep_backlogs();
  for (Envelope* envelope = queue.front(); envelope != nullptr; envelope = envelope->next) {
    if (envelope->backlog == 0) continue;
    leave_backlog(*envelope);
    ++depth;
  }
  note_beside();
  pop_slowly_ = must_pop_slowly();
}

}  // namespace mycelium
