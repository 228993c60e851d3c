#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"
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

/// Prints the deliveries a second of `messages` publications on cpu 0.
inline void measure_sinks(const char* condition, std::size_t messages) {
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
  publish(messages / 10);
  const Stopwatch stopwatch;
  publish(messages);
  const double elapsed_ns = stopwatch.elapsed_ns();
  for (const auto& sink : sinks) {
    if (full == 0 && sink->received() == messages + messages / 10) continue;
    fmt::print(stderr, "a receiver missed a message: no number is reported\n");
    std::exit(1);
  }
  print_row({.id = "P5",
             .condition = condition,
             .kind = "ours",
             .name = "Mycelium",
             .value = to_millions_per_second(messages * kSinks, elapsed_ns),
             .unit = "M deliveries/s",
             .mode = "none",
             .pinning = "cpu 0",
             .bounded = true,
             .note = "called on the publisher's thread"});
}

}  // namespace mycelium::bench
