// Bare queues between two pinned, spinning threads: what P2 would be with a queue and nothing
// around it.
#include <concurrentqueue/concurrentqueue.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

/// The textbook queue: one lock around a deque.
class MutexQueue {
 public:
  void push(const Payload64& message) {
    const std::scoped_lock lock{mutex_};
    messages_.push_back(message);
  }
  bool try_pop(Payload64& message) {
    const std::scoped_lock lock{mutex_};
    if (messages_.empty()) return false;
    message = messages_.front();
    messages_.pop_front();
    return true;
  }

 private:
  std::mutex mutex_;
  std::deque<Payload64> messages_;
};

/// One producer and one consumer token, which is moodycamel's fastest way for 1 -> 1.
class MoodycamelQueue {
 public:
  void push(const Payload64& message) { queue_.enqueue(producer_, message); }
  bool try_pop(Payload64& message) { return queue_.try_dequeue(consumer_, message); }

 private:
  moodycamel::ConcurrentQueue<Payload64> queue_;
  moodycamel::ProducerToken producer_{queue_};
  moodycamel::ConsumerToken consumer_{queue_};
};

template <typename Queue>
double stream_ns(std::size_t messages) {
  Queue queue;
  return run_pair_ns(
      [&] {
        Payload64 message;
        for (std::size_t i = 0; i < messages; ++i) {
          message.words[0] = i;
          queue.push(message);
        }
      },
      [&] {
        Payload64 message;
        for (std::size_t expected = 0; expected < messages;) {
          if (!queue.try_pop(message)) {
            spin_hint();
            continue;
          }
          if (message.words[0] != expected++) {
            fmt::print(stderr, "a queue lost or reordered a message\n");
            std::exit(1);
          }
        }
      });
}

template <typename Queue>
void measure_stream(const char* name, std::size_t messages) {
  stream_ns<Queue>(messages);
  print_row({.id = "P2",
             .condition = "stream",
             .kind = "queue",
             .name = name,
             .value = to_millions_per_second(messages, stream_ns<Queue>(messages)),
             .unit = "M msg/s",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = false});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  keep_freed_memory();
  if (!options.wants("P2")) return 0;
  measure_stream<MoodycamelQueue>("moodycamel ConcurrentQueue", options.sized(3'000'000));
  measure_stream<MutexQueue>("mutex and deque", options.sized(2'000'000));
}
