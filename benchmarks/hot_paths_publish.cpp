// The hot paths of publishing, for hot_paths.cpp.
#include <array>
#include <memory>
#include <optional>

#include "benchmarks/hot_path.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace mycelium::bench {
namespace {

constexpr int kReaders = 10;
constexpr int kAtOnce = 6;  // As in bench_p5.cpp.
constexpr const char* kTopic = "news";

/// What a newsroom does when it has published: one function for all paths, so that all have the
/// same code to publish with.
struct After {
  void (*call)(void*) = [](void*) {};
  void* subject = nullptr;
};

/// Publishes a few times, and goes on at its next turn.
class Newsroom {
 public:
  using Handles = Messages<Ball>;

  Newsroom(Publisher<Ball> news, After after) : news_{news}, after_{after} {}
  void handle(const Ball& ball, Context& context) {
    for (int published = 0; published < kAtOnce; ++published) {
      if (news_.publish(ball).full > 0) std::abort();
    }
    after_.call(after_.subject);
    if (context.self<Newsroom>().try_send(ball) != SendResult::ok) std::abort();
  }

 private:
  Publisher<Ball> news_;
  After after_;
};

class Reader {
 public:
  using Handles = Messages<Ball>;

  Reader(std::uint64_t& handled, SubscriptionOptions options)
      : handled_{handled}, options_{options} {}
  void on_start(Context& context) { context.subscribe<Ball>(kTopic, options_); }
  void handle(const Ball&) { ++handled_; }

 private:
  std::uint64_t& handled_;
  SubscriptionOptions options_;
};

/// Stands still from its first ball on.
class StoppedReader {
 public:
  using Handles = Messages<Ball>;
  void on_start(Context& context) { context.subscribe<Ball>(kTopic, {.capacity = 64}); }
  Task<> handle(const Ball&, Context& context) { co_await context.sleep(std::chrono::hours{1}); }
};

class CountingSink final : public Sink<Ball> {
 public:
  explicit CountingSink(std::uint64_t& handled) : handled_{handled} {}
  bool has_room() override { return true; }
  bool accept(const Ball& ball) override {
    handled_ += 1 + ball.words[0];
    return true;
  }

 private:
  std::uint64_t& handled_;
};

void spawn_newsroom(const HotPath& path, After after = {}) {
  const auto newsroom = path.system.spawn("newsroom", [after](Context& context) {
    return Newsroom{context.publisher<Ball>(kTopic), after};
  });
  if (newsroom.try_send(Ball{}) != SendResult::ok) std::abort();
}

[[noreturn]] void publish_to_actors(const HotPath& path, SubscriptionOptions options) {
  std::uint64_t handled = 0;
  for (int index = 0; index < kReaders; ++index) {
    path.system.spawn(fmt::format("reader {}", index),
                      [&](Context&) { return Reader{handled, options}; });
  }
  spawn_newsroom(path);
  path.run(handled);
}

}  // namespace

void publish_to_10(const HotPath& path) { publish_to_actors(path, {Overflow::block}); }

void publish_to_10_default(const HotPath& path) { publish_to_actors(path, {}); }

void publish_to_10_sinks(const HotPath& path) {
  std::uint64_t handled = 0;
  Topic<Ball>& topic = path.system.topic<Ball>(kTopic);
  for (int index = 0; index < kReaders; ++index)
    topic.subscribe(std::make_shared<CountingSink>(handled), {Overflow::block});
  spawn_newsroom(path);
  path.run(handled);
}

void publish_to_10_pulled(const HotPath& path) {
  struct Readers {
    std::array<std::optional<Subscriber<Ball>>, kReaders> all;
    std::uint64_t handled = 0;
  } readers;
  for (auto& reader : readers.all) reader.emplace(path.system.topic<Ball>(kTopic));
  const auto pull = [](void* subject) {
    auto& pulling = *static_cast<Readers*>(subject);
    for (auto& reader : pulling.all) {
      while (reader->try_next()) ++pulling.handled;
    }
  };
  spawn_newsroom(path, {pull, &readers});
  path.run(readers.handled);
}

void publish_to_a_stopped_one(const HotPath& path) {
  std::uint64_t published = 0;
  path.system.spawn("stopped", [](Context&) { return StoppedReader{}; });
  const auto count = [](void* subject) { *static_cast<std::uint64_t*>(subject) += kAtOnce; };
  spawn_newsroom(path, {count, &published});
  path.run(published);
}

}  // namespace mycelium::bench
