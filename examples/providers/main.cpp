#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/config/duration.hpp"
#include "mycelium/node/app.hpp"
#include "providers/actor_run.hpp"
#include "providers/plans.hpp"
#include "providers/process_run.hpp"
#include "providers/provider_process.hpp"
#include "providers/report.hpp"
#include "providers/stop_signal.hpp"
#include "providers/venue_server.hpp"

namespace {

using mycelium::ExitCode;
using mycelium::Result;
using std::chrono::nanoseconds;

// Breaks in the middle of the data when no fault is named.
constexpr std::string_view kBrokenByDefault = "usdm_btcusdt";

/// The command line of `run`.
struct RunCommand {
  std::uint32_t seconds = 3;
  std::uint64_t messages = 0;
  std::uint64_t seed = 1;
  std::uint32_t speed = 1;
  std::uint16_t port = 0;
  std::uint16_t workers = 2;
  std::uint32_t restarts = 8;
  std::vector<std::string> faults{};
  std::vector<std::string> pauses{};
  std::vector<std::string> stops{};
  std::string venue_after = "0s";
  std::string silence = "2s";
  bool no_venue = false;
  bool actors_only = false;
  bool processes_only = false;

  void add_to(CLI::App& line);
};

/// What it says, read and checked.
struct RunPlan {
  providers::VenueOptions venue{};
  nanoseconds venue_after{};
  bool venue_listens = true;
  bool as_actors = true;
  bool as_processes = true;
  providers::RunOptions run{};
};

void RunCommand::add_to(CLI::App& line) {
  line.add_option("--seconds", seconds, "Venue time until the end of the data; 3")
      ->check(CLI::Range(1U, 86'400U));
  line.add_option("--messages", messages,
                  "End of each provider's data after so many frames; 0: none");
  line.add_option("--seed", seed, "Of the simulated venue; 1");
  line.add_option("--speed", speed, "Seconds of venue time in a second; 1")
      ->check(CLI::Range(1U, 1000U));
  line.add_option("--port", port, "Where the venue listens on 127.0.0.1; 0: any that is free");
  line.add_option("--workers", workers, "Of the actors; 2")->check(CLI::Range(1U, 64U));
  line.add_option("--restarts", restarts,
                  "Of one provider within ten seconds before all is given up; 8")
      ->check(CLI::Range(0U, 1000U));
  line.add_option(
          "--fault", faults,
          "NAME:AT[:drop|corrupt|hang], several times: the venue breaks that connection at AT "
          "of venue time; without it and --messages usdm_btcusdt in the middle, `none` for none")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  line.add_option("--pause", pauses,
                  "NAME:AT:LENGTH, several times: that provider is told to pause")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  line.add_option("--stop", stops, "NAME:AT:LENGTH, several times: that provider is told to stop")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  line.add_option("--venue-after", venue_after, "The venue listens so long after the start; 0s");
  line.add_option("--silence", silence, "A venue that says nothing for so long has failed; 2s");
  line.add_flag("--no-venue", no_venue, "The venue never listens");
  auto* const actors = line.add_flag("--actors-only", actors_only, "Not as processes");
  line.add_flag("--processes-only", processes_only, "Not as actors")->excludes(actors);
}

Result<void> read_faults(const RunCommand& command, RunPlan& plan) {
  if (command.faults.empty() && command.messages == 0)
    plan.venue.data.faults.push_back({std::string{kBrokenByDefault}, plan.venue.data.duration / 2});
  for (const std::string& text : command.faults) {
    if (text == "none") continue;
    auto fault = providers::parse_fault(text);
    if (!fault) return std::unexpected{fault.error()};
    if (fault->at >= plan.venue.data.duration)
      return mycelium::fail("bad_fault", fmt::format("--fault {}: that is behind the end of the "
                                                     "data, after {} s; see --seconds",
                                                     text, command.seconds));
    plan.venue.data.faults.push_back(std::move(*fault));
  }
  return {};
}

Result<void> read_interruptions(const std::vector<std::string>& texts, bool closes, RunPlan& plan) {
  for (const std::string& text : texts) {
    const auto interruption = providers::parse_interruption(text, closes);
    if (!interruption) return std::unexpected{interruption.error()};
    if (interruption->length > plan.venue.data.duration - interruption->at)
      return mycelium::fail("bad_interruption",
                            fmt::format("\"{}\" goes on behind the end of the data", text));
    plan.run.interruptions.push_back(*interruption);
  }
  return {};
}

Result<RunPlan> read(const RunCommand& command) {
  RunPlan plan;
  plan.venue.instruments.assign(providers::kProviders.begin(), providers::kProviders.end());
  plan.venue.data.seed = command.seed;
  plan.venue.data.duration = std::chrono::seconds{command.seconds};
  plan.venue.data.frames = command.messages;
  plan.venue.port = command.port;
  plan.venue.speed = command.speed;
  plan.run.workers = command.workers;
  plan.run.restarts_max = command.restarts;
  const auto after = mycelium::parse_duration(command.venue_after);
  if (!after) return std::unexpected{after.error()};
  const auto silence = mycelium::parse_duration(command.silence);
  if (!silence) return std::unexpected{silence.error()};
  if (*silence <= nanoseconds{0}) return mycelium::fail("bad_silence", "--silence is above 0");
  plan.venue_after = *after;
  plan.venue_listens = !command.no_venue;
  plan.as_actors = !command.processes_only;
  plan.as_processes = !command.actors_only;
  plan.run.silence_max = *silence;
  if (auto faults = read_faults(command, plan); !faults) return std::unexpected{faults.error()};
  for (const bool closes : {false, true}) {
    auto read = read_interruptions(closes ? command.stops : command.pauses, closes, plan);
    if (!read) return std::unexpected{read.error()};
  }
  return plan;
}

ExitCode refuse(const mycelium::Error& error) {
  fmt::print(stderr, "providers: {}\n", error.message);
  return ExitCode::usage;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// The one who runs all of it, first as actors, then as processes.
class Comparison {
 public:
  explicit Comparison(RunPlan plan) : plan_{std::move(plan)} {}

  ExitCode run() {
    if (plan_.as_actors) {
      const auto venue = open_venue(plan_.venue_after);
      if (!venue) return refuse(venue.error());
      actors_ = run_actors();
      show("as supervised actors", *actors_, plan_.run.interruptions);
    }
    if (plan_.as_processes && holds_ && !stop_.is_raised()) {
      const auto venue = open_venue({});
      if (!venue) return refuse(venue.error());
      processes_ = providers::run_processes(plan_.run, stop_);
      show("as processes", *processes_, {});
    }
    if (stop_.is_raised()) {
      print("interrupted: nothing is shown\n");
      return ExitCode::failed;
    }
    if (actors_ && processes_ && holds_)
      print(providers::text_of_comparison(*actors_, *processes_) + '\n');
    print(holds_
              ? "holds: all others have every frame, and those that were let down have recovered\n"
              : "does not hold\n");
    return holds_ ? ExitCode::clean : ExitCode::failed;
  }

 private:
  // How often the main thread looks for a signal.
  static constexpr std::chrono::milliseconds kLook{20};

  Result<std::unique_ptr<providers::VenueServer>> open_venue(nanoseconds delay) {
    auto venue = providers::VenueServer::bind(plan_.venue);
    if (!venue) return venue;
    if (plan_.venue_listens) {
      if (auto listens = (*venue)->listen(delay); !listens)
        return std::unexpected{std::move(listens.error())};
    }
    plan_.run.port = (*venue)->port();
    print(fmt::format("venue at 127.0.0.1:{}\n", plan_.run.port));
    return venue;
  }
  providers::RunResult run_actors() {
    providers::ActorRun run{plan_.run};
    while (!stop_.is_raised() && !run.wait_for(kLook)) {
    }
    return run.finish();
  }
  void show(std::string_view title, const providers::RunResult& result,
            const std::vector<providers::Interruption>& interruptions) {
    print(providers::text_of_run(title, result));
    if (stop_.is_raised()) return;
    const auto broken = providers::broken_claims(result, plan_.venue.data.faults, interruptions);
    for (const std::string& sentence : broken) print(fmt::format("{}: {}\n", title, sentence));
    holds_ = holds_ && broken.empty();
    print("\n");
  }

  RunPlan plan_;
  providers::StopSignal stop_;
  std::optional<providers::RunResult> actors_;
  std::optional<providers::RunResult> processes_;
  bool holds_ = true;
};

int run(int argc, char** argv) {
  CLI::App line{"Three feed providers under supervision: one is broken, the others do not notice",
                "providers"};
  line.require_subcommand(1);
  line.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  RunCommand command;
  CLI::App* const run_line = line.add_subcommand(
      "run",
      "Run them as supervised actors, then as processes, and compare; 0: what is claimed holds");
  command.add_to(*run_line);

  providers::ProviderProcessOptions own;
  std::string silence = "2s";
  CLI::App* const provide_line =
      line.add_subcommand("provide", "One provider in this process: `run` starts it so");
  provide_line->add_option("--provider", own.provider, "Its index")
      ->check(CLI::Range(0U, static_cast<unsigned>(providers::kProviders.size()) - 1));
  provide_line->add_option("--port", own.port, "Where the venue listens")->required();
  provide_line->add_option("--silence", silence, "As of run");
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return line.exit(error);  // --help.
    fmt::print(stderr, "providers: {}\n  providers --help says what there is\n", error.what());
    return static_cast<int>(ExitCode::usage);
  }
  if (provide_line->parsed()) {
    const auto silence_max = mycelium::parse_duration(silence);
    if (!silence_max) return static_cast<int>(refuse(silence_max.error()));
    own.silence_max = *silence_max;
    return providers::run_provider_process(own);
  }
  auto plan = read(command);
  if (!plan) return static_cast<int>(refuse(plan.error()));
  return static_cast<int>(Comparison{std::move(*plan)}.run());
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "providers: {}\n", error.what());
    return static_cast<int>(ExitCode::failed);
  }
}
