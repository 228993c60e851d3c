#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "benchmarks/harness.hpp"
#include "mycelium/bus/topic.hpp"

/// Publish and subscribe without an actor: a topic that calls ten receivers on the spot. The same
/// code is measured in a program with the actor layer and in one without.
namespace mycelium::bench {

inline constexpr std::size_t kSinks = 10;

struct News {
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(News, 90, "bench.news", words)
static_assert(sizeof(News) == sizeof(Payload64));

class AddingSink final : public Sink<News> {
 public:
  bool has_room() override { return true; }
  bool accept(const News& news) override {
    ++received_;
    sum_ += news.words[0];
    return true;
  }
  [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
  [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::uint64_t received_ = 0;
  std::uint64_t sum_ = 0;
};

/// One turn, a process of its own: prints the nanoseconds that each delivery takes on cpu 0. The
/// only argument is the number of publications.
inline int take_sink_turn(int argc, char** argv) {
  const std::size_t messages = argc == 2 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (messages == 0) {
    fmt::print(stderr, "usage: {} PUBLICATIONS, more than 0\n", argv[0]);
    return 2;
  }
  pin_or_exit(kSenderCpu);
  Topic<News> topic{"news"};
  std::array<std::shared_ptr<AddingSink>, kSinks> sinks;
  for (auto& sink : sinks) {
    sink = std::make_shared<AddingSink>();
    topic.subscribe(sink, SubscriptionOptions{Overflow::block});
  }
  const Publisher<News> publisher{topic};
  std::uint64_t full = 0;
  const auto publish = [&](std::size_t count) {
    News news;
    for (; news.words[0] < count; ++news.words[0]) full += publisher.publish(news).full;
  };
  publish(messages);  // The warm-up.
  const Stopwatch stopwatch;
  publish(messages);
  const double elapsed_ns = stopwatch.elapsed_ns();
  for (const auto& sink : sinks) {
    if (full == 0 && sink->received() == 2 * messages) continue;
    fmt::print(stderr, "a receiver missed a message: no number is reported\n");
    return 1;
  }
  fmt::print("{}\n", elapsed_ns / static_cast<double>(messages * kSinks));
  return 0;
}

}  // namespace mycelium::bench
