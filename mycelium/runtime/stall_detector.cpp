#include "mycelium/runtime/stall_detector.hpp"

#include "mycelium/base/assert.hpp"

namespace mycelium {

StallDetector::StallDetector(std::chrono::nanoseconds limit) : limit_{limit} {
  MYCELIUM_ASSERT(limit > std::chrono::nanoseconds{0}, "a stall lasts longer than nothing");
}

std::vector<Stall> StallDetector::look(Instant now, std::span<const WorkerActivity> workers) {
  if (watched_.empty()) watched_.assign(workers.size(), Watched{.activity = {}, .since = now});
  MYCELIUM_ASSERT(watched_.size() == workers.size(), "each look is at the same workers");
  std::vector<Stall> news;
  for (std::size_t worker = 0; worker < workers.size(); ++worker) {
    Watched& watched = watched_[worker];
    const auto stall = [&](bool ended) {
      return Stall{worker, watched.activity.actor, watched.activity.type_id, now - watched.since,
                   ended};
    };
    if (watched.activity != workers[worker]) {
      if (watched.reported) news.push_back(stall(/*ended=*/true));
      watched = Watched{.activity = workers[worker], .since = now};
    } else if (watched.activity.actor != 0 && !watched.reported && now - watched.since >= limit_) {
      watched.reported = true;
      news.push_back(stall(/*ended=*/false));
    }
  }
  return news;
}

}  // namespace mycelium
