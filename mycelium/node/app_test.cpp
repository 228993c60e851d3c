// Programs built on App, run as their topologies say: what a supervision tree in a file does.
#include "mycelium/node/app.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mycelium {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Break {
  int number;
};
MYCELIUM_MESSAGE(Break, 891, "test.app.break", number)
struct Finish {
  int number;
};
MYCELIUM_MESSAGE(Finish, 892, "test.app.finish", number)

/// What has happened, told by the actors of several workers.
class Story {
 public:
  void add(std::string line) {
    const std::scoped_lock lock{mutex_};
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock{mutex_};
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// Tells its starts and stops, and does what it is told.
class Stage {
 public:
  using Handles = Messages<Break, Finish>;
  explicit Stage(Story& story) : story_{&story} {}
  void on_start(Context& context) { story_->add("start " + context.name()); }
  void on_stop(Context& context) { story_->add("stop " + context.name()); }
  void handle(const Break&) { throw std::runtime_error{"broken"}; }
  void handle(const Finish&, Context& context) { context.end(); }

 private:
  Story* story_;
};

/// The last stage: breaks the one named in its settings, once, and ends the program when it has
/// been restarted itself.
class Saboteur {
 public:
  using Handles = Messages<Break>;
  Saboteur(Story& story, System& system, std::string victim)
      : stage_{story}, system_{&system}, victim_{std::move(victim)} {}
  void on_start(Context& context) {
    stage_.on_start(context);
    if (context.restarts() > 0) return context.stop_system();
    static_cast<void>(system_->lookup<Break>(victim_)->try_send(Break{1}));
  }
  void on_stop(Context& context) { stage_.on_stop(context); }
  void handle(const Break&) {}

 private:
  Stage stage_;
  System* system_;
  std::string victim_;
};

/// Lets `finisher` end, and ends the program when `watched` has stopped for good.
class Observer {
 public:
  using Handles = Messages<Down>;
  Observer(Story& story, System& system) : story_{&story}, system_{&system} {}
  void on_start(Context& context) {
    context.watch(*system_->lookup<Break>("watched"));
    static_cast<void>(system_->lookup<Finish>("finisher")->try_send(Finish{1}));
  }
  void handle(const Down& down, Context& context) {
    story_->add("down: " + std::string{name_of(down.reason)});
    context.stop_system();
  }

 private:
  Story* story_;
  System* system_;
};

/// Ends the program when an actor has failed.
class Guard {
 public:
  using Handles = Messages<ActorEvent>;
  explicit Guard(Context& context) { context.subscribe<ActorEvent>(); }
  void handle(const ActorEvent& event, Context& context) {
    if (event.kind == ActorEventKind::failed) context.stop_system();
  }
};

/// Ends the program when it starts.
class Ender {
 public:
  using Handles = Messages<Break>;
  void on_start(Context& context) { context.stop_system(); }
  void handle(const Break&) {}
};

class NeverStarts {
 public:
  using Handles = Messages<Break>;
  void on_start(Context&) { throw std::runtime_error{"no line"}; }
  void handle(const Break&) {}
};

constexpr std::string_view kBundle = R"([[bundles]]
name = "b"
actors = ["guard", "*"]
[[actors]]
name = "guard"
type = "guard"
)";

class AppTest : public testing::Test {
 protected:
  ~AppTest() override {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }

  /// The exit code of a program that runs this topology.
  int run(std::string_view topology, const char* command = "run", const char* option = nullptr) {
    std::ofstream{path_, std::ios::binary} << topology;
    const std::string path = path_.string();
    std::vector<const char*> arguments{"app_test", command, path.c_str()};
    if (option != nullptr) arguments.push_back(option);
    App app{static_cast<int>(arguments.size()), arguments.data()};
    app.actor<Stage>("stage", [this](Context&) { return Stage{story_}; });
    app.actor<Saboteur>("saboteur",
                        [this](Context& context, const Settings& settings) {
                          return Saboteur{story_, system_of(context),
                                          settings.get_string("victim").value()};
                        },
                        {{.key = "victim", .kind = SettingKind::string, .required = true}});
    app.actor<Observer>("observer",
                        [this](Context& context) { return Observer{story_, system_of(context)}; });
    app.actor<Guard>("guard");
    app.actor<NeverStarts>("never_starts");
    app.actor<Ender>("ender");
    app.on_end([this](System& system) -> Result<void> {
      restarts_ = system.restarts();
      if (const auto failure = system.failure()) failure_ = failure->message;
      return {};
    });
    return app.run();
  }

  static System& system_of(Context& context) {
    return *static_cast<System*>(context.worker().owner());
  }

  Story story_;
  std::uint64_t restarts_ = 0;
  std::string failure_;

 private:
  const std::filesystem::path path_ = std::filesystem::path{testing::TempDir()} /
                                      ("mycelium_app_" + std::to_string(::getpid()) + ".toml");
};

std::string stages(std::string_view strategy) {
  return R"([[bundles]]
name = "b"
actors = ["*"]
[[supervisors]]
name = "top"
strategy = ")" +
         std::string{strategy} + R"("
children = ["a", "b", "c"]
[[actors]]
name = "c"
type = "saboteur"
settings = { victim = "b" }
[[actors]]
name = "b"
type = "stage"
[[actors]]
name = "a"
type = "stage"
shutdown = "kill"
)";
}

// Promises: S1, S3
TEST_F(AppTest, ATreeOfAFileRestartsTheOneThatFailedAndThoseAfterIt) {
  EXPECT_EQ(run(stages("rest_for_one")), 0);
  EXPECT_THAT(story_.lines(), ElementsAre("start a", "start b", "start c", "stop b", "stop c",
                                          "start b", "start c", "stop c", "stop b"));
  EXPECT_EQ(restarts_, 2U);
}

// Promises: S1, S7
TEST_F(AppTest, ATreeOfAFileRestartsAllWhenItSaysSo) {
  EXPECT_EQ(run(stages("one_for_all")), 0);
  // "a" gets no time to stop at the end, but is no less restarted with the others.
  EXPECT_THAT(story_.lines(),
              ElementsAre("start a", "start b", "start c", "stop b", "stop c", "stop a", "start a",
                          "start b", "start c", "stop c", "stop b"));
  EXPECT_EQ(restarts_, 3U);
}

// Promises: S2, S7, S10
TEST_F(AppTest, ATreeOfAFileStopsWhenItsSignificantChildHasEnded) {
  EXPECT_EQ(run(R"([[bundles]]
name = "b"
actors = ["finisher", "watched", "observer"]
[[supervisors]]
name = "top"
children = ["inner"]
[[supervisors]]
name = "inner"
children = ["watched", "finisher"]
auto_shutdown = "any_significant"
restart = { type = "transient" }
[[actors]]
name = "finisher"
type = "stage"
restart = { type = "transient" }
significant = true
[[actors]]
name = "watched"
type = "stage"
[[actors]]
name = "observer"
type = "observer"
)"),
            0);
  EXPECT_THAT(story_.lines(), ElementsAre("start watched", "start finisher", "stop finisher",
                                          "stop watched", "down: stopped"));
}

// Promises: S5
TEST_F(AppTest, ATreeOfAFileThatGivesUpEndsTheProgramWithTheChainOfCauses) {
  EXPECT_EQ(run(R"([[bundles]]
name = "b"
actors = ["*"]
[[supervisors]]
name = "top"
children = ["inner"]
restart = { max_restarts = 0 }
[[supervisors]]
name = "inner"
children = ["broken"]
counting = "per_supervisor"
intensity = { max_restarts = 2, period = "1h" }
restart = { max_restarts = 0 }
[[actors]]
name = "broken"
type = "never_starts"
)"),
            1);
  EXPECT_THAT(failure_, HasSubstr("supervisor \"top\" failed more than 0 times"));
  EXPECT_THAT(failure_, HasSubstr("its children failed more than 2 times within 3600 s"));
  EXPECT_THAT(failure_, HasSubstr("no line"));
}

// Promises: S6
TEST_F(AppTest, AStopEndsTheWaitForAnActorThatBacksOffAtItsStart) {
  EXPECT_EQ(run(std::string{kBundle} + R"([[actors]]
name = "broken"
type = "never_starts"
restart = { backoff = { min = "1h", max = "1h", first_at_once = false } }
)"),
            0);
  EXPECT_EQ(restarts_, 0U);
  EXPECT_EQ(failure_, "");
}

// Promises: S2
TEST_F(AppTest, ATemporaryActorThatDoesNotStartHoldsUpNobody) {
  EXPECT_EQ(run(R"([[bundles]]
name = "b"
actors = ["broken", "a", "last"]
[[actors]]
name = "broken"
type = "never_starts"
restart = { type = "temporary" }
[[actors]]
name = "a"
type = "stage"
[[actors]]
name = "last"
type = "ender"
)"),
            0);
  EXPECT_THAT(story_.lines(), ElementsAre("start a", "stop a"));
  EXPECT_EQ(restarts_, 0U);
  EXPECT_EQ(failure_, "");
}

TEST_F(AppTest, AProcessorThatIsNotThereIsAnErrorUnlessItIsToRunUnpinned) {
  const std::string topology = R"([[bundles]]
name = "b"
actors = ["a"]
cpus = [1023]
[[actors]]
name = "a"
type = "ender"
)";
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(topology), 2);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("this machine does not have 1023, or this process may not use it; "
                              "--unpinned runs it all the same"));
  EXPECT_EQ(run(topology, "check"), 0) << "the file itself is right";
  EXPECT_EQ(run(topology, "run", "--unpinned"), 0);
}

TEST_F(AppTest, CheckShowsTheTrees) {
  testing::internal::CaptureStdout();
  const int code = run(stages("rest_for_one"), "check");
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  EXPECT_THAT(printed, HasSubstr(": 3 actors in 1 bundle, no errors\n"
                                 "top: rest_for_one, 5 restarts in 10s of all children; "
                                 "permanent, 5 restarts in 10s\n"
                                 "  a: stage; permanent, shutdown kill\n"
                                 "  b: stage; permanent\n"
                                 "  c: saboteur; permanent\n"));
}

}  // namespace
}  // namespace mycelium
