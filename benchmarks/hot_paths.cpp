// Runs one hot path so many times, in one thread and on a clock of its own, for
// tools/callgrind-counts: the same run executes the same instructions. Prints how many messages
// were handled.
#include <array>
#include <string>
#include <type_traits>

#include "benchmarks/hot_path.hpp"

namespace mycelium::bench {
namespace {

struct Question {
  using Reply = Ball;
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Question, 2, "bench.question", number)

struct BeginAsking {};
MYCELIUM_MESSAGE(BeginAsking, 3, "bench.begin_asking")

/// Sends what it gets on to the next. Its first ball comes from outside.
class Player {
 public:
  using Handles = Messages<Ball>;

  Player(RefTo<Ball>& next, std::uint64_t& handled) : next_{next}, handled_{handled} {}

  void handle(const Ball& ball) {
    ++handled_;
    if (next_.try_send(ball) != SendResult::ok) std::abort();
  }

 protected:
  RefTo<Ball>& next_;
  std::uint64_t& handled_;
};

/// The same for an actor that handles another message too.
class VersatilePlayer : public Player {
 public:
  using Handles = Messages<Ball, BeginAsking>;
  using Player::handle;
  using Player::Player;

  void handle(const BeginAsking&) {}
};

/// The same when the other message is a request: this actor gets messages with metadata, but its
/// balls have none.
class AnsweringPlayer : public Player {
 public:
  using Handles = Messages<Ball, Question>;
  using Player::handle;
  using Player::Player;

  Ball handle(const Question& question) { return Ball{{question.number}}; }
};

/// The same, and each ball travels with the metadata that tells its receiver who sent it.
class IntroducingPlayer : public Player {
 public:
  using Handles = Messages<Ball>;
  using Player::Player;

  void handle(const Ball& ball, Context& context) {
    ++handled_;
    if (context.try_send(next_, ball) != SendResult::ok) std::abort();
  }
};

class Answerer {
 public:
  using Handles = Messages<Question>;
  Ball handle(const Question& question) { return Ball{{question.number}}; }
};

/// Asks so many questions, one after the other.
class Asker {
 public:
  using Handles = Messages<BeginAsking>;

  Asker(RefTo<Question> answerer, std::uint64_t questions, std::uint64_t& answered)
      : answerer_{answerer}, questions_{questions}, answered_{answered} {}
  Task<> handle(const BeginAsking&, Context& context) {
    while (answered_ < questions_) {
      const Result<Ball> ball =
          co_await context.ask(answerer_, Question{answered_}, std::chrono::seconds{1});
      if (!ball || ball->words[0] != answered_) std::abort();
      ++answered_;
    }
  }

 private:
  RefTo<Question> answerer_;
  const std::uint64_t questions_;
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

void spawn_asker(System& system, RefTo<Question> answerer, std::uint64_t questions,
                 std::uint64_t& answered) {
  const auto asker = system.spawn(
      [answerer, questions, &answered](Context&) { return Asker{answerer, questions, answered}; },
      on_worker(0));
  if (asker.try_send(BeginAsking{}) != SendResult::ok) std::abort();
}

/// Asks an actor of that worker from worker 0, some times: from then on there is metadata in
/// envelopes and in lanes.
void ask_some(System& system, RefTo<Question> answerer) {
  constexpr std::uint64_t kQuestions = 100;
  std::uint64_t answered = 0;
  spawn_asker(system, answerer, kQuestions, answered);
  while (answered < kQuestions) system.step();
}

/// What comes before the players play.
enum class Before : std::uint8_t { nothing, asks };

/// Two players on workers 0 and `second_worker`. Before that they are asked, where they answer, or
/// others on their workers are.
template <typename P, Before kBefore = Before::nothing>
[[noreturn]] void exchange(const HotPath& path, std::uint16_t second_worker) {
  std::uint64_t handled = 0;
  RefTo<Ball> first;
  RefTo<Ball> second;
  const auto one =
      path.system.spawn("first", [&](Context&) { return P{second, handled}; }, on_worker(0));
  const auto other = path.system.spawn(
      "second", [&](Context&) { return P{first, handled}; }, on_worker(second_worker));
  first = one;
  second = other;
  if constexpr (std::is_same_v<P, AnsweringPlayer>) {
    ask_some(path.system, one);
    ask_some(path.system, other);
  } else if constexpr (kBefore == Before::asks) {
    ask_some(path.system,
             path.system.spawn([](Context&) { return Answerer{}; }, on_worker(second_worker)));
  }
  if (first.try_send(Ball{}) != SendResult::ok) std::abort();
  path.run(handled);
}

[[noreturn]] void timer(const HotPath& path) {
  std::uint64_t handled = 0;
  path.system.spawn("alarm", [&](Context&) { return Alarm{handled}; });
  path.run(handled);
}

[[noreturn]] void ask(const HotPath& path) {
  std::uint64_t answered = 0;
  const auto answerer = path.system.spawn("answerer", [](Context&) { return Answerer{}; });
  spawn_asker(path.system, answerer, ~std::uint64_t{0}, answered);
  path.run(answered);
}

struct NamedPath {
  const char* name;
  void (*run)(const HotPath& path);
};
constexpr std::array kPaths{
    NamedPath{"same_worker", [](const HotPath& path) { exchange<Player>(path, 0); }},
    NamedPath{"same_worker_beside_asks",
              [](const HotPath& path) { exchange<Player, Before::asks>(path, 0); }},
    NamedPath{"same_worker_with_metadata",
              [](const HotPath& path) { exchange<IntroducingPlayer>(path, 0); }},
    NamedPath{"same_worker_two_types",
              [](const HotPath& path) { exchange<VersatilePlayer>(path, 0); }},
    NamedPath{"same_worker_of_the_asked",
              [](const HotPath& path) { exchange<AnsweringPlayer>(path, 0); }},
    NamedPath{"across_workers", [](const HotPath& path) { exchange<Player>(path, 1); }},
    NamedPath{"across_workers_beside_asks",
              [](const HotPath& path) { exchange<Player, Before::asks>(path, 1); }},
    NamedPath{"across_workers_with_metadata",
              [](const HotPath& path) { exchange<IntroducingPlayer>(path, 1); }},
    NamedPath{"publish_to_10", publish_to_10},
    NamedPath{"publish_to_10_default", publish_to_10_default},
    NamedPath{"publish_to_10_sinks", publish_to_10_sinks},
    NamedPath{"publish_to_10_pulled", publish_to_10_pulled},
    NamedPath{"publish_to_a_stopped_one", publish_to_a_stopped_one},
    NamedPath{"timer", timer},
    NamedPath{"ask", ask},
};

/// Ends the program; returns only when there is no such path.
void run_path(const std::string& name, std::uint64_t messages) {
  for (const NamedPath& path : kPaths) {
    if (name != path.name) continue;
    const std::uint16_t workers = name.starts_with("across_workers") ? 2 : 1;
    StillClock clock;
    System system{{.workers = workers, .clock = &clock, .drive = Drive::manual}};
    path.run({system, clock, messages});
  }
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  CLI::App app{"Runs one hot path so many times"};
  std::string path;
  std::uint64_t messages = 0;
  app.add_option("path", path, "One of PATHS in tools/callgrind-counts")->required();
  app.add_option("messages", messages, "How many messages are handled, at least")->required();
  CLI11_PARSE(app, argc, argv);
  mycelium::bench::run_path(path, messages);
  fmt::print(stderr, "hot_paths: there is no path \"{}\"\n", path);
  return 2;
}
