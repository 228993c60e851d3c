#include "mycelium/actor/stall_watch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

std::string what_it_does(std::uint16_t type_id) {
  if (type_id == kStarts) return "starts";
  if (type_id == kStops) return "stops";
  const MessageType* const type = find_message_type(type_id);
  return fmt::format("handles {}", type != nullptr ? type->name : "a message");
}

bool contains(const std::vector<std::vector<ActorId>>& circles,
              const std::vector<ActorId>& circle) {
  return std::find(circles.begin(), circles.end(), circle) != circles.end();
}

}  // namespace

StallWatch::StallWatch(System& system, std::chrono::nanoseconds limit)
    : system_{system}, detector_{limit}, told_(kWorkersMax) {}

void StallWatch::look() {
  look_at_circles();
  look_at_workers();
}

void StallWatch::tell(ActorEvent event) {
  spdlog::warn("{}", event.reason);
  system_.publish_event(std::move(event));
}

void StallWatch::look_at_workers() {
  WorkerGroup& group = system_.worker_group();
  std::vector<WorkerActivity> activities;
  for (std::uint16_t index = 0; index < group.count(); ++index)
    activities.push_back(group.worker(index).activity());
  activities.resize(kWorkersMax);  // Workers that come later: the detector wants the same ones.
  for (const Stall& stall : detector_.look(system_.clock().monotonic(), activities))
    tell_stall(stall);
}

void StallWatch::tell_stall(const Stall& stall) {
  Told& told = told_[stall.worker];
  const double seconds = std::chrono::duration<double>(stall.lasting).count();
  const std::string doing = what_it_does(stall.type_id);
  if (stall.ended) {
    return tell({ActorEventKind::went_on, told.actor, told.name,
                 fmt::format("worker {} goes on: actor \"{}\", which {}, held it for {:.3f} s",
                             stall.worker, told.name, doing, seconds)});
  }
  // The address that Worker::activity() made a number of.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto& cell = *reinterpret_cast<const ActorCell*>(stall.actor);
  std::tie(told.actor, told.name) = system_.holder_of(cell);
  system_.count_stall();
  tell({ActorEventKind::stalled, told.actor, told.name,
        fmt::format("worker {} has been held for {:.3f} s by actor \"{}\", which {}", stall.worker,
                    seconds, told.name, doing)});
}

void StallWatch::look_at_circles() {
  WaitLooks::Seen seen = looks_.look(system_.wait_graph(), system_.worker_group());
  const auto tell_of = [this](ActorEventKind kind, const std::vector<ActorId>& circle,
                              std::string_view what) {
    std::vector<std::string> names;
    for (const ActorId id : circle) names.push_back(system_.name_of_actor(id));
    std::string reason =
        fmt::format("these actors {}: {} -> {}", what, fmt::join(names, " -> "), names.front());
    tell({kind, circle.front(), names.front(), std::move(reason)});
  };
  for (const auto& circle : seen.circles) {
    if (contains(circles_, circle)) continue;
    circles_.push_back(circle);
    tell_of(ActorEventKind::wait_circle, circle, "wait for each other in a circle");
  }
  if (!seen.is_complete) return;  // Whom a worker has not told of may wait still.
  std::erase_if(circles_, [&](const std::vector<ActorId>& circle) {
    if (contains(seen.circles, circle)) return false;
    tell_of(ActorEventKind::circle_ended, circle, "wait for each other in a circle no more");
    return true;
  });
}

}  // namespace mycelium
