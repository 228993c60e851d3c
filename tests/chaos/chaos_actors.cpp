#include "chaos_actors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace mycelium::chaos {
namespace {

/// A coroutine of a member: it ends before its object.
class InFrame {
 public:
  InFrame(Journal& journal, MemberLog& log) : journal_{&journal}, log_{&log} { ++log.frames; }
  ~InFrame() {
    --log_->frames;
    if (log_->alive != 1)
      journal_->fault(fmt::format("a coroutine of {} outlived its object", log_->name));
  }
  InFrame(const InFrame&) = delete;
  InFrame& operator=(const InFrame&) = delete;

 private:
  Journal* journal_;
  MemberLog* log_;
};

template <bool kStartsAsTask>
ChildSpec member_spec(const NodePlan& plan, Journal& journal) {
  MemberLog& log = journal.add_member(plan);
  const auto factory = [&journal, &log, token = journal.token()](Context&) {
    ++log.objects;
    if (log.failing_starts > 0 && log.failing_start == FailingStart::factory) {
      --log.failing_starts;
      ++log.failures;
      journal.line("no start", log);
      throw std::runtime_error{"its factory is broken"};
    }
    return Member<kStartsAsTask>{journal, log};
  };
  return child(plan.name, factory, plan.member);
}

}  // namespace

MemberLog& Journal::add_member(const NodePlan& plan) {
  MemberLog& log = members_.emplace_back();
  log.name = plan.name;
  log.index = static_cast<std::uint32_t>(members_.size() - 1);
  log.overflow = plan.member.mailbox.overflow;
  log.throws_in_stop = plan.throws_in_stop;
  return log;
}

void Journal::note(const std::string& what) {
  if (!tells_story_) return;
  fmt::print("{}\n", what);
  std::fflush(stdout);  // Whatever comes next.
}

MemberLog* Journal::find(std::string_view name) noexcept {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const MemberLog& log) { return log.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

void Journal::line(std::string_view what, const MemberLog& log) {
  lines_.push_back(fmt::format("{} {}", what, log.name));
  note("  " + lines_.back());
  for (const char letter : lines_.back()) mix(static_cast<std::uint64_t>(letter));
}

Order Journal::make(Deed deed) {
  handled_once_.push_back(false);
  return Order{.deed = deed,
               .number = static_cast<std::uint32_t>(handled_once_.size() - 1),
               .token = token_};
}

SendResult Journal::count(SendResult result) {
  if (result == SendResult::ok) ++taken_;
  return result;
}

void Journal::handled(const MemberLog& log, std::uint32_t number) {
  if (handled_once_[number])
    fault(fmt::format("{} handled message {}, which had been handled", log.name, number));
  note(fmt::format("  {} has handled {}", log.name, number));
  handled_once_[number] = true;
  ++handled_;
  mix(log.index);
  mix(number);
}

void Journal::handled_note(MemberLog& log, std::uint32_t number) {
  ++handled_;
  if (!log.notes.insert(number).second)
    fault(fmt::format("{} got note {} twice", log.name, number));
}

template <bool kStartsAsTask>
Member<kStartsAsTask>::Member(Journal& journal, MemberLog& log) : journal_{&journal}, log_{&log} {
  if (log.alive != 0) journal.fault(fmt::format("{} has two objects at once", log.name));
  if (log.helpers != 0) journal.fault(fmt::format("a helper of {} outlived its object", log.name));
  if (log.failing_starts > 0 && log.failing_start == FailingStart::constructor) {
    --log.failing_starts;
    ++log.failures;
    journal.line("no start", log);
    throw std::runtime_error{"its constructor is broken"};
  }
  ++log.alive;
}

template <bool kStartsAsTask>
Member<kStartsAsTask>::~Member() {
  if (log_->frames != 0) journal_->fault(fmt::format("{} ended before its coroutine", log_->name));
  if (std::exchange(log_->runs, false)) ++log_->without_stop;
  --log_->alive;
  try {
    // What fails on the way through a destructor and is caught there is nobody else's business.
    throw std::runtime_error{"in a destructor"};
  } catch (const std::runtime_error&) {
    journal_->mix(log_->index);
  }
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::start(Context& context) {
  context.spawn([log = log_](Context&) { return Helper{*log}; });
  context.subscribe<Note>({.overflow = Overflow::block});
  log_->has_subscribed = true;
  if (log_->failing_starts > 0) {
    --log_->failing_starts;
    ++log_->failures;
    journal_->line("no start", *log_);
    // An object that did not start cannot resume: that is a restart.
    if (log_->index % 2 == 0) decision_ = Decision::resume;
    throw std::runtime_error{"its on_start is broken"};
  }
  if (log_->runs) journal_->fault(fmt::format("{} started twice", log_->name));
  log_->runs = true;
  ++log_->starts;
  journal_->line("start", *log_);
}

template <bool kStartsAsTask>
Task<> Member<kStartsAsTask>::on_start(Context& context)
  requires(kStartsAsTask)
{
  const InFrame frame{*journal_, *log_};
  co_await context.sleep(log_->starts_for);
  start(context);
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::on_stop(Context&) {
  if (!std::exchange(log_->runs, false))
    journal_->fault(fmt::format("{} was stopped, and did not run", log_->name));
  if (log_->frames != 0)
    journal_->fault(fmt::format("{} was stopped before its coroutine had ended", log_->name));
  journal_->line("stop", *log_);
  if (log_->throws_in_stop) throw std::runtime_error{"its on_stop is broken"};
}

template <bool kStartsAsTask>
Decision Member<kStartsAsTask>::on_error(const Failure&, Context&) {
  if (std::exchange(throws_in_on_error_, false)) throw std::runtime_error{"on_error is broken"};
  return std::exchange(decision_, Decision::restart);
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::fail(const Order& order) {
  ++log_->failures;
  journal_->note(fmt::format("  {} fails", log_->name));
  decision_ = order.decision;
  if (order.decision == Decision::stop) log_->has_stopped_itself = true;
  throws_in_on_error_ = order.throws_in_on_error;
  if (order.deed == Deed::fail_oddly) throw static_cast<int>(order.number);
  throw std::runtime_error{"it is broken"};
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::act(const Order& order, Context& context) {
  if (!log_->runs) journal_->fault(fmt::format("{} handles, and does not run", log_->name));
  switch (order.deed) {
    case Deed::fail:
    case Deed::fail_oddly:
      fail(order);
    case Deed::fail_later:
      context.after(order.delay, Tick{order.token});
      break;
    case Deed::end:
      journal_->note(fmt::format("  {} ends", log_->name));
      ++log_->ends;
      // For a permanent one that is a failure.
      context.end();
      break;
    case Deed::stop:
      log_->has_stopped_itself = true;
      context.stop();
      break;
    case Deed::tell:
      static_cast<void>(journal_->count(
          context.try_send(journal_->members()[order.to].ref, journal_->make(Deed::nothing))));
      break;
    case Deed::nothing:
    case Deed::hang:
      break;
  }
  journal_->handled(*log_, order.number);
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::handle(const Order& order, Context& context) {
  act(order, context);
}

template <bool kStartsAsTask>
Task<> Member<kStartsAsTask>::handle(const Chore& chore, Context& context) {
  const InFrame frame{*journal_, *log_};
  if (chore.order.delay > std::chrono::nanoseconds{0} || chore.order.deed == Deed::fail)
    co_await context.sleep(chore.order.delay);
  act(chore.order, context);
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::handle(const Tick&) {
  if (!log_->runs) journal_->fault(fmt::format("a timer of {} found it not running", log_->name));
  fail(Order{});
}

template <bool kStartsAsTask>
void Member<kStartsAsTask>::handle(const Note& note) {
  journal_->handled_note(*log_, note.number);
}

template class Member<false>;
template class Member<true>;

ChildSpec spec_of(const NodePlan& plan, Journal& journal) {
  if (plan.is_supervisor) {
    SupervisorSpec spec = supervisor(plan.name, plan.supervisor);
    for (const NodePlan& below : plan.children) spec.children.push_back(spec_of(below, journal));
    return ChildSpec{std::move(spec)};
  }
  return plan.starting == Starting::as_task ? member_spec<true>(plan, journal)
                                            : member_spec<false>(plan, journal);
}

}  // namespace mycelium::chaos
