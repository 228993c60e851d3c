// Runs one hot path so many times, in one thread and on a clock of its own, for
// tools/callgrind-counts: the same run executes the same instructions. Prints how many messages
// were handled.
#include <cstdlib>
#include <string>

#include "benchmarks/harness.hpp"
#include "mycelium/actor/system.hpp"

namespace mycelium::bench {
namespace {

struct Ball {
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(Ball, 1, "bench.ball", words)

/// Stands still unless it is moved.
class StillClock final : public Clock {
 public:
  [[nodiscard]] Instant monotonic() const noexcept override { return now_; }
  [[nodiscard]] Timestamp wall() const noexcept override { return Timestamp{}; }
  void advance(std::chrono::nanoseconds step) noexcept { now_ += step; }

 private:
  Instant now_{};
};

/// Sends what it gets on to the next. Its first ball comes from outside.
class Player {
 public:
  using Handles = Messages<Ball>;

  Player(RefTo<Ball>& next, std::uint64_t& handled) : next_{next}, handled_{handled} {}

  void handle(const Ball& ball) {
    ++handled_;
    if (next_.try_send(ball) != SendResult::ok) std::abort();
  }

 private:
  RefTo<Ball>& next_;
  std::uint64_t& handled_;
};

/// Publishes a few times, and goes on at its next turn.
class Newsroom {
 public:
  using Handles = Messages<Ball>;

  explicit Newsroom(Publisher<Ball> news) : news_{news} {}
  void handle(const Ball& ball, Context& context) {
    for (int published = 0; published < kAtOnce; ++published) {
      if (news_.publish(ball).full > 0) std::abort();
    }
    if (context.self<Newsroom>().try_send(ball) != SendResult::ok) std::abort();
  }

 private:
  static constexpr int kAtOnce = 6;  // As in bench_p5.cpp.

  Publisher<Ball> news_;
};

class Reader {
 public:
  using Handles = Messages<Ball>;

  explicit Reader(std::uint64_t& handled) : handled_{handled} {}
  void on_start(Context& context) { context.subscribe<Ball>("news", {Overflow::block}); }
  void handle(const Ball&) { ++handled_; }

 private:
  std::uint64_t& handled_;
};

struct Question {
  using Reply = Ball;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Question, 2, "bench.question", number)

struct BeginAsking {};
MYCELIUM_MESSAGE(BeginAsking, 3, "bench.begin_asking")

class Answerer {
 public:
  using Handles = Messages<Question>;
  Ball handle(const Question& question) { return Ball{{question.number}}; }
};

/// Asks one question after the other.
class Asker {
 public:
  using Handles = Messages<BeginAsking>;

  Asker(RefTo<Question> answerer, std::uint64_t& answered)
      : answerer_{answerer}, answered_{answered} {}
  Task<> handle(const BeginAsking&, Context& context) {
    while (true) {
      const Result<Ball> ball =
          co_await context.ask(answerer_, Question{answered_}, std::chrono::seconds{1});
      if (!ball || ball->words[0] != answered_) std::abort();
      ++answered_;
    }
  }

 private:
  RefTo<Question> answerer_;
  std::uint64_t& answered_;
};

/// Arms its next timer when one comes due.
class Alarm {
 public:
  using Handles = Messages<Ball>;

  explicit Alarm(std::uint64_t& handled) : handled_{handled} {}
  void on_start(Context& context) { context.after(std::chrono::nanoseconds{1}, Ball{}); }
  void handle(const Ball& ball, Context& context) {
    ++handled_;
    context.after(std::chrono::nanoseconds{1}, ball);
  }

 private:
  std::uint64_t& handled_;
};

SpawnOptions on_worker(std::uint16_t worker) {
  SpawnOptions options;
  options.worker = worker;
  return options;
}

/// Steps until so many messages, or a few more, have been handled, and ends the program: what the
/// paths refer to goes out of scope, and the stop is not what is counted.
[[noreturn]] void run(System& system, StillClock& clock, const std::uint64_t& handled,
                      std::uint64_t messages) {
  while (handled < messages) {
    clock.advance(std::chrono::nanoseconds{1});
    system.step();
  }
  fmt::print("{}\n", handled);
  std::fflush(stdout);
  std::_Exit(0);
}

[[noreturn]] void exchange(System& system, StillClock& clock, std::uint16_t second_worker,
                           std::uint64_t messages) {
  std::uint64_t handled = 0;
  RefTo<Ball> first;
  RefTo<Ball> second;
  first = system.spawn("first", [&](Context&) { return Player{second, handled}; }, on_worker(0));
  second = system.spawn(
      "second", [&](Context&) { return Player{first, handled}; }, on_worker(second_worker));
  if (first.try_send(Ball{}) != SendResult::ok) std::abort();
  run(system, clock, handled, messages);
}

[[noreturn]] void publish(System& system, StillClock& clock, std::uint64_t messages) {
  std::uint64_t handled = 0;
  for (int index = 0; index < 10; ++index) {
    system.spawn(fmt::format("reader {}", index), [&](Context&) { return Reader{handled}; });
  }
  const auto newsroom = system.spawn(
      "newsroom", [](Context& context) { return Newsroom{context.publisher<Ball>("news")}; });
  if (newsroom.try_send(Ball{}) != SendResult::ok) std::abort();
  run(system, clock, handled, messages);
}

[[noreturn]] void timer(System& system, StillClock& clock, std::uint64_t messages) {
  std::uint64_t handled = 0;
  system.spawn("alarm", [&](Context&) { return Alarm{handled}; });
  run(system, clock, handled, messages);
}

[[noreturn]] void ask(System& system, StillClock& clock, std::uint64_t messages) {
  std::uint64_t answered = 0;
  const auto answerer = system.spawn("answerer", [](Context&) { return Answerer{}; });
  const auto asker = system.spawn("asker", [&](Context&) { return Asker{answerer, answered}; });
  if (asker.try_send(BeginAsking{}) != SendResult::ok) std::abort();
  run(system, clock, answered, messages);
}

/// Ends the program; returns only when there is no such path.
void run_path(const std::string& path, std::uint64_t messages) {
  const std::uint16_t workers = path == "across_workers" ? 2 : 1;
  StillClock clock;
  System system{{.workers = workers, .clock = &clock, .drive = Drive::manual}};
  if (path == "same_worker") {
    exchange(system, clock, 0, messages);
  } else if (path == "across_workers") {
    exchange(system, clock, 1, messages);
  } else if (path == "publish_to_10") {
    publish(system, clock, messages);
  } else if (path == "timer") {
    timer(system, clock, messages);
  } else if (path == "ask") {
    ask(system, clock, messages);
  }
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  CLI::App app{"Runs one hot path so many times"};
  std::string path;
  std::uint64_t messages = 0;
  app.add_option("path", path, "same_worker, across_workers, publish_to_10, timer or ask")
      ->required();
  app.add_option("messages", messages, "How many messages are handled, at least")->required();
  CLI11_PARSE(app, argc, argv);
  mycelium::bench::run_path(path, messages);
  fmt::print(stderr, "hot_paths: there is no path \"{}\"\n", path);
  return 2;
}
