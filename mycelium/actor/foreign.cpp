#include "mycelium/actor/foreign.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mycelium/actor/system.hpp"

namespace mycelium::detail {

bool ForeignWait::wait(ActorCell& cell) {
  const Worker* const me = Worker::current();
  if (me != nullptr && !me->is_attachment() && me->is_peer_of(*cell.worker)) return false;
  const Instant now = cell.worker->clock().monotonic();
  if (!deadline_) deadline_ = later(now, timeout_);
  if (now >= *deadline_) return false;
  constexpr std::chrono::nanoseconds kPauseMax = std::chrono::milliseconds{1};
  pause_ =
      std::clamp(pause_ * 2, std::chrono::nanoseconds{std::chrono::microseconds{20}}, kPauseMax);
  rest_for(std::min(pause_, *deadline_ - now));  // Nobody wakes who waits here.
  return true;
}

std::uint64_t ForeignAsks::enter(ForeignAsk& ask) {
  const std::scoped_lock lock{mutex_};
  waiting_.emplace(++last_number_, &ask);
  return last_number_;
}

void ForeignAsks::await(std::uint64_t number, ForeignAsk& ask, std::chrono::nanoseconds timeout) {
  std::unique_lock lock{mutex_};
  ask.arrived.wait_for(lock, timeout, [&] { return ask.answered; });
  waiting_.erase(number);
}

void ForeignAsks::leave(std::uint64_t number) {
  const std::scoped_lock lock{mutex_};
  waiting_.erase(number);
}

bool ForeignAsks::answer(std::uint64_t number, const MessageType& type, void* message) {
  const std::scoped_lock lock{mutex_};
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return false;
  ForeignAsk& ask = *found->second;
  waiting_.erase(found);
  ask.accept(ask, type, message);
  ask.answered = true;
  ask.arrived.notify_one();  // Under the lock: the waiting thread's stack ends with the wait.
  return true;
}

void ForeignAsks::fail_all(const AskFailure& failure) {
  const std::scoped_lock lock{mutex_};
  for (const auto& [number, ask] : waiting_) {
    AskFailure copy = failure;
    ask->accept(*ask, message_type<AskFailure>(), &copy);
    ask->answered = true;
    ask->arrived.notify_one();
  }
  waiting_.clear();
}

ForeignAsks& foreign_asks_of(System& system) noexcept { return system.foreign_asks(); }

Error error_of(AskFailure&& failure) {
  return Error{std::string{name_of(failure.error)}, std::move(failure.sentence)};
}

Error wrong_reply(std::string_view wanted, const MessageType& got) {
  return error_of(
      AskFailure{AskError::handler_failed,
                 fmt::format("it was answered by {}, which is not the reply that was asked for, {}",
                             got.name, wanted)});
}

Error error_of(SendResult refused) {
  switch (refused) {
    case SendResult::full:
      return error_of(
          AskFailure{AskError::full, "the target's mailbox, or the way to it, is full"});
    case SendResult::disconnected:
      return error_of(AskFailure{AskError::disconnected, "the link to the target is down"});
    default:
      return error_of(AskFailure{AskError::target_down, "the target has stopped for good"});
  }
}

}  // namespace mycelium::detail
