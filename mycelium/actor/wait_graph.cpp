#include "mycelium/actor/wait_graph.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "mycelium/runtime/worker_group.hpp"

namespace mycelium {

namespace {

bool comes_before(const Wait& left, const Wait& right) {
  return std::tie(left.waiting, left.number) < std::tie(right.waiting, right.number);
}

}  // namespace

std::vector<std::vector<ActorId>> find_cycles(std::span<const Wait> waits) {
  std::vector<Wait> sorted{waits.begin(), waits.end()};
  const auto by_waiting = [](const Wait& left, const Wait& right) {
    return left.waiting < right.waiting;
  };
  std::sort(sorted.begin(), sorted.end(), by_waiting);
  constexpr std::size_t kNobody = SIZE_MAX;
  const auto place_of = [&](ActorId id) {
    const auto found =
        std::lower_bound(sorted.begin(), sorted.end(), Wait{id, ActorId{}, 0}, by_waiting);
    return found != sorted.end() && found->waiting == id
               ? static_cast<std::size_t>(found - sorted.begin())
               : kNobody;
  };
  // Each walk marks what it passes with its own number; meeting that mark again closes a cycle.
  std::vector<std::size_t> walked(sorted.size(), kNobody);
  std::vector<std::vector<ActorId>> cycles;
  for (std::size_t start = 0; start < sorted.size(); ++start) {
    std::size_t place = start;
    while (place != kNobody && walked[place] == kNobody) {
      walked[place] = start;
      place = place_of(sorted[place].target);
    }
    if (place == kNobody || walked[place] != start) continue;
    std::vector<ActorId> cycle;
    for (std::size_t at = place; cycle.empty() || at != place; at = place_of(sorted[at].target))
      cycle.push_back(sorted[at].waiting);
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    cycles.push_back(std::move(cycle));
  }
  return cycles;
}

void WaitGraph::begin(std::uint16_t worker, WaitLink& link) noexcept {
  Waiting& waiting = waiting_[worker];
  link.wait.number = ++waiting.begun;
  link.previous = nullptr;
  link.next = waiting.head;
  if (waiting.head != nullptr) waiting.head->previous = &link;
  waiting.head = &link;
  link.linked = true;
  waiting.count.store(waiting.count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void WaitGraph::end(std::uint16_t worker, WaitLink& link) noexcept {
  if (!link.linked) return;
  Waiting& waiting = waiting_[worker];
  (link.previous == nullptr ? waiting.head : link.previous->next) = link.next;
  if (link.next != nullptr) link.next->previous = link.previous;
  link.linked = false;
  waiting.count.store(waiting.count.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

std::shared_ptr<WaitGraph::Look> WaitGraph::ask(WorkerGroup& workers) {
  auto look = std::make_shared<Look>();
  const auto answer = [](Look& asked, const WaitLink* link) {
    const std::scoped_lock lock{asked.mutex};
    for (; link != nullptr; link = link->next) asked.waits.push_back(link->wait);
    --asked.unanswered;
  };
  for (std::uint16_t index = 0; index < workers.count(); ++index) {
    if (waiting_[index].count.load(std::memory_order_relaxed) == 0) continue;
    {
      const std::scoped_lock lock{look->mutex};
      ++look->unanswered;
    }
    workers.worker(index).inject(
        [this, index, look, answer] { answer(*look, waiting_[index].head); });
  }
  return look;
}

WaitLooks::Seen WaitLooks::look(WaitGraph& graph, WorkerGroup& workers) {
  const std::scoped_lock lock{mutex_};
  std::vector<Wait> seen;
  bool complete = true;
  if (last_ != nullptr) {
    const std::scoped_lock look_lock{last_->mutex};
    seen = last_->waits;
    complete = last_->unanswered == 0;
  }
  last_ = graph.ask(workers);  // Only now: what is told later of the look before is not read.
  std::sort(seen.begin(), seen.end(), comes_before);
  std::vector<Wait> both;
  std::set_intersection(seen_before_.begin(), seen_before_.end(), seen.begin(), seen.end(),
                        std::back_inserter(both), comes_before);
  seen_before_ = std::move(seen);
  return {find_cycles(both), std::exchange(was_complete_, complete) && complete};
}

}  // namespace mycelium
