#include <utility>

#include "mycelium/bus/gap.hpp"
#include "mycelium/bus/mailbox_cell.hpp"

// What waits in a mailbox of subscriptions that drop their oldest message (promise D6).
namespace mycelium {

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
  envelope->backlog = number;
  envelope->missed = missed;
  queue.push_back(envelope);
  pop_slowly_ = true;
  ++backlogs.waiting;
  ++backlog.waiting;
  add_beside();
  const std::uint32_t room = backlog.capacity.load(std::memory_order_relaxed);
  while (backlog.waiting > room) [[unlikely]]
    pass_over_oldest(backlog);
  depth_high_water.raise_to(waiting_exactly());
  if (runnable_) worker->make_ready(*this);
}

void MailboxCell::arrive_published(std::uint64_t id, Envelope* envelope, Backlog& backlog,
                                   std::uint32_t missed) {
  // An earlier holder's: the cell gives it up, and the backlog is not this one's to look at.
  if (open_id.load(std::memory_order_relaxed) != id) return operations->arrive(*this, id, envelope);
  push_published(envelope, backlog, missed);
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
        --backlog.passed_over;
        backlog.gap += 1 + envelope.missed;
        return true;
      },
      left_out);
  backlogs.passed_over = 0;
  while (Envelope* const envelope = left_out.pop_front()) give_up(envelope);
}

// From now on the message is no backlog's.
void MailboxCell::leave_backlog(Envelope& envelope) {
  Backlogs& backlogs = books_->backlogs;
  Backlog& backlog = backlogs.at(envelope.backlog);
  backlog.gap += envelope.missed;
  envelope.missed = 0;
  envelope.backlog = 0;
  --backlog.waiting;
  --backlogs.waiting;
}

Envelope* MailboxCell::pop_among_backlogs() {
  Backlogs& backlogs = books_->backlogs;
  while (Envelope* const front = queue.front()) {
    if (front->backlog == 0) {
      static_cast<void>(queue.pop_front());
      if (--depth < publish_below_) depth_fell();
      return front;
    }
    if (leave_out_front()) continue;
    Backlog& backlog = backlogs.at(front->backlog);
    backlog.gap += std::exchange(front->missed, 0);
    if (backlog.gap > 0 && backlog.tells_gaps) return make_gap(backlog);
    static_cast<void>(queue.pop_front());
    leave_backlog(*front);
    take_beside();
    pop_slowly_ = must_pop_slowly();
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
  if (books_ != nullptr) worker->at_step_end().take_back(*books_);
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
