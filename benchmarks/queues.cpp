// Bare queues between pinned, spinning threads: what P2 and P3 would be with a queue and nothing
// around it.
#include <concurrentqueue/concurrentqueue.h>
#include <oneapi/tbb/concurrent_queue.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

// A producer and a consumer are what one thread needs to push or to pop.

/// The textbook queue: one lock around a deque.
class MutexQueue {
 public:
  class Producer {
   public:
    explicit Producer(MutexQueue& queue) : queue_{queue} {}
    void push(const Payload64& message) {
      const std::scoped_lock lock{queue_.mutex_};
      queue_.messages_.push_back(message);
    }

   private:
    MutexQueue& queue_;
  };
  class Consumer {
   public:
    explicit Consumer(MutexQueue& queue) : queue_{queue} {}
    bool try_pop(Payload64& message) {
      const std::scoped_lock lock{queue_.mutex_};
      if (queue_.messages_.empty()) return false;
      message = queue_.messages_.front();
      queue_.messages_.pop_front();
      return true;
    }

   private:
    MutexQueue& queue_;
  };

 private:
  std::mutex mutex_;
  std::deque<Payload64> messages_;
};

/// A token for each thread, which is moodycamel's fastest way.
class MoodycamelQueue {
 public:
  class Producer {
   public:
    explicit Producer(MoodycamelQueue& queue) : queue_{queue.queue_} {}
    void push(const Payload64& message) { queue_.enqueue(token_, message); }

   private:
    moodycamel::ConcurrentQueue<Payload64>& queue_;
    moodycamel::ProducerToken token_{queue_};
  };
  class Consumer {
   public:
    explicit Consumer(MoodycamelQueue& queue) : queue_{queue.queue_} {}
    bool try_pop(Payload64& message) { return queue_.try_dequeue(token_, message); }

   private:
    moodycamel::ConcurrentQueue<Payload64>& queue_;
    moodycamel::ConsumerToken token_{queue_};
  };

 private:
  moodycamel::ConcurrentQueue<Payload64> queue_;
};

/// oneTBB's unbounded queue.
class TbbQueue {
 public:
  class Producer {
   public:
    explicit Producer(TbbQueue& queue) : queue_{queue.queue_} {}
    void push(const Payload64& message) { queue_.push(message); }

   private:
    tbb::concurrent_queue<Payload64>& queue_;
  };
  class Consumer {
   public:
    explicit Consumer(TbbQueue& queue) : queue_{queue.queue_} {}
    bool try_pop(Payload64& message) { return queue_.try_pop(message); }

   private:
    tbb::concurrent_queue<Payload64>& queue_;
  };

 private:
  tbb::concurrent_queue<Payload64> queue_;
};

/// `mark` is the message's second word: tells producers apart.
template <typename Queue>
void push_all(Queue& queue, std::size_t messages, std::uint64_t mark) {
  typename Queue::Producer producer{queue};
  Payload64 message;
  message.words[1] = mark;
  for (std::size_t i = 0; i < messages; ++i) {
    message.words[0] = i;
    producer.push(message);
  }
}

/// Pops so many messages and checks the order of each producer's.
template <typename Queue>
void pop_all(Queue& queue, std::size_t messages) {
  typename Queue::Consumer consumer{queue};
  std::array<std::uint64_t, 2> expected{};
  Payload64 message;
  for (std::size_t received = 0; received < messages;) {
    if (!consumer.try_pop(message)) {
      spin_hint();
      continue;
    }
    if (message.words[0] != expected[message.words[1]]++) {
      fmt::print(stderr, "a queue lost or reordered a message\n");
      std::exit(1);
    }
    ++received;
  }
}

template <typename Queue>
double stream_ns(std::size_t messages) {
  Queue queue;
  return run_pair_ns([&] { push_all(queue, messages, 0); }, [&] { pop_all(queue, messages); });
}

template <typename Queue>
double fan_in_ns(std::size_t messages) {
  Queue queue;
  return run_fan_in_ns(
      fan_in_cpus(), [&](std::size_t index) { push_all(queue, messages / 2, index); },
      [&] { pop_all(queue, messages); });
}

Row queue_row(const char* id, const char* condition, const char* name, const char* pinning,
              double millions_per_second) {
  return {.id = id,
          .condition = condition,
          .kind = "queue",
          .name = name,
          .value = millions_per_second,
          .unit = "M msg/s",
          .mode = "spin",
          .pinning = pinning,
          .bounded = false};
}

template <typename Queue>
void measure(const Options& options, const char* name, std::size_t full) {
  const std::size_t messages = options.sized(full);
  if (options.wants("P2")) {
    stream_ns<Queue>(messages);
    print_row(queue_row("P2", "stream", name, kPinnedPair,
                        to_millions_per_second(messages, stream_ns<Queue>(messages))));
  }
  if (options.wants("P3")) {
    fan_in_ns<Queue>(messages);
    print_row(queue_row("P3", "fan_in", name, fan_in_cpus().text,
                        to_millions_per_second(messages, fan_in_ns<Queue>(messages))));
  }
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  keep_freed_memory();
  measure<MoodycamelQueue>(options, "moodycamel ConcurrentQueue", 3'000'000);
  measure<TbbQueue>(options, "oneTBB concurrent_queue", 3'000'000);
  measure<MutexQueue>(options, "mutex and deque", 2'000'000);
}
