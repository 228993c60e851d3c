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

void WaitGraph::look(WorkerGroup& workers) {
  look_before_ = std::exchange(look_, std::make_shared<Look>());
  for (std::uint16_t index = 0; index < workers.count(); ++index) {
    if (waiting_[index].count.load(std::memory_order_relaxed) == 0) continue;
    workers.worker(index).inject([this, index, look = look_] {
      const std::scoped_lock lock{look->mutex};
      for (const WaitLink* link = waiting_[index].head; link != nullptr; link = link->next)
        look->waits.push_back(link->wait);
    });
  }
}

std::vector<Wait> WaitGraph::lasting() const {
  const auto waits_of = [](Look& look) {
    const std::scoped_lock lock{look.mutex};
    std::vector<Wait> waits = look.waits;
    std::sort(waits.begin(), waits.end(), comes_before);
    return waits;
  };
  const std::vector<Wait> before = waits_of(*look_before_);
  const std::vector<Wait> now = waits_of(*look_);
  std::vector<Wait> both;
  std::set_intersection(before.begin(), before.end(), now.begin(), now.end(),
                        std::back_inserter(both), comes_before);
  return both;
}

}  // namespace mycelium
