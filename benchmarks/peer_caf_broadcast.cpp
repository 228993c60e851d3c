// CAF, P5: one actor sends each message to ten others, which share it.
#include <algorithm>
#include <vector>

#include "benchmarks/peer_caf.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Payload64)

namespace mycelium::bench {
namespace {

constexpr std::size_t kReaders = 10;

double broadcast_ns(caf::actor_system& system, std::size_t messages) {
  Completion completion;
  std::atomic<std::size_t> unfinished{kReaders};
  std::vector<caf::actor> readers;
  for (std::size_t index = 0; index < kReaders; ++index) {
    readers.push_back(system.spawn([&, messages](caf::event_based_actor* self) -> caf::behavior {
      return {[&, messages, self, received = std::size_t{0}](const Payload64&) mutable {
        if (++received < messages) return;
        if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) completion.finish();
        self->quit();
      }};
    }));
  }
  const Stopwatch stopwatch;
  // A part at a time, so that what waits stays in the cache, as it does with bounded mailboxes.
  system.spawn([readers, messages](caf::event_based_actor* self) -> caf::behavior {
    self->send(self, std::uint64_t{0});
    return {[self, readers, messages](std::uint64_t first) {
      constexpr std::uint64_t kAtOnce = 6;
      const std::uint64_t end = std::min<std::uint64_t>(first + kAtOnce, messages);
      Payload64 payload;
      for (std::uint64_t number = first; number < end; ++number) {
        payload.words[0] = number;
        const caf::message shared = caf::make_message(payload);
        for (const caf::actor& reader : readers) self->send(reader, shared);
      }
      if (end < messages) {
        self->send(self, end);
      } else {
        self->quit();
      }
    }};
  });
  completion.wait();
  return stopwatch.elapsed_ns();
}

void print_broadcast(const char* condition, const char* variant, const char* pinning,
                     std::size_t messages, double elapsed_ns) {
  print_row({.id = "P5",
             .condition = condition,
             .kind = "peer",
             .name = named(variant),
             .value = to_millions_per_second(messages * kReaders, elapsed_ns),
             .unit = "M deliveries/s",
             .mode = "spin",
             .pinning = pinning,
             .bounded = false});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  keep_freed_memory();
  const std::size_t messages = options.sized(100'000);
  {
    SpinningWorkers config{2};
    caf::actor_system system{config};
    broadcast_ns(system, messages / 10);
    print_broadcast("two_workers", "two workers", kUnpinnedWorkers, messages,
                    broadcast_ns(system, messages));
  }
  SystemOnReceiverCpu system;
  broadcast_ns(*system, messages / 10);
  print_broadcast("one_worker", "one worker", "cpu 1", messages, broadcast_ns(*system, messages));
}
