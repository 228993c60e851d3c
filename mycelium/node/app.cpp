#include "mycelium/node/app.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <utility>

#include "mycelium/config/nearest_name.hpp"
#include "mycelium/config/toml_loader.hpp"
#include "mycelium/node/bundle_plan.hpp"
#include "mycelium/node/signals.hpp"

namespace mycelium {
namespace {

// How long a stop may take before the process ends by force.
constexpr std::chrono::seconds kShutdownTimeout{10};

int exit_code(ExitCode code) { return static_cast<int>(code); }

void print_error(std::string_view text) { fmt::print(stderr, "{}\n", text); }

CLI::Validator validator(std::function<std::string(const std::string&)> check) {
  return CLI::Validator{[check = std::move(check)](std::string& text) { return check(text); }, ""};
}

struct Periodic {
  std::chrono::nanoseconds period;
  std::function<void(System&)> hook;
  Instant next{};
};

}  // namespace

struct App::Parts {
  std::vector<std::string> arguments;  // In reverse order, as CLI11 takes them.
  CLI::App line;
  CLI::App* run = nullptr;
  CLI::App* check = nullptr;
  std::string topology_path;
  PlanRequest request;
  ActorTypes types;
  std::vector<std::function<Result<void>(Topology&)>> load_hooks;
  std::vector<Periodic> periodic;
  std::vector<std::function<Result<void>(System&)>> end_hooks;

  int parse_failed(const CLI::ParseError& error);
  std::vector<std::string> known_words() const;
  std::optional<Topology> load();
  int run_topology();
  bool start_actors(System& system, const ProcessPlan& plan);
  static bool await_start(System& system, const ActorCell& cell);
  void watch(System& system);
  int finish(System& system);
};

App::App(int argc, const char* const* argv, std::string description)
    : parts_{std::make_unique<Parts>()} {
  Parts& parts = *parts_;
  for (int index = argc - 1; index > 0; --index) parts.arguments.emplace_back(argv[index]);
  parts.line.description(std::move(description));
  parts.line.name(argc > 0 ? std::string{argv[0]}.substr(std::string{argv[0]}.rfind('/') + 1)
                           : "app");
  parts.line.require_subcommand(1);
  parts.line.set_version_flag("--version", "mycelium " MYCELIUM_VERSION);
  parts.run = parts.line.add_subcommand("run", "Run a topology");
  parts.check = parts.line.add_subcommand(
      "check", "Check a topology: say what is wrong, or show its supervision trees");
  for (CLI::App* command : {parts.run, parts.check}) {
    command->add_option("topology", parts.topology_path, "The topology file (TOML)")->required();
    command->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
  parts.run->add_option("--bundle", parts.request.bundle, "Run this bundle only");
  parts.run->add_flag("--in-process", parts.request.in_process,
                      "Run all bundles in this one process");
  parts.run
      ->add_option("--workers", parts.request.workers,
                   "Worker threads, instead of the topology's number")
      ->check(CLI::Range(1U, kWorkersMax));
  parts.run
      ->add_option("--idle", parts.request.idle,
                   "spin, adaptive or sleep, instead of the topology's")
      ->check(CLI::IsMember({"spin", "adaptive", "sleep"}));
  parts.run->add_flag("--unpinned", parts.request.unpinned,
                      "Let threads run on any processor, whatever the topology says");
}

App::~App() = default;

void App::add_type(std::string type, ActorTypes::Entry entry) {
  parts_->types.add(std::move(type), std::move(entry));
}

void App::option(const std::string& name, std::string& value, const std::string& help,
                 std::function<std::string(const std::string&)> check) {
  CLI::Option* option = parts_->run->add_option("--" + name, value, help);
  if (check) option->check(validator(std::move(check)));
}

void App::list_option(const std::string& name, std::vector<std::string>& values,
                      const std::string& help,
                      std::function<std::string(const std::string&)> check) {
  CLI::Option* option = parts_->run->add_option("--" + name, values, help)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                            ->expected(1)
                            ->allow_extra_args(false);
  if (check) option->check(validator(std::move(check)));
}

void App::flag(const std::string& name, bool& value, const std::string& help) {
  parts_->run->add_flag("--" + name, value, help);
}

void App::on_load(std::function<Result<void>(Topology&)> hook) {
  parts_->load_hooks.push_back(std::move(hook));
}

void App::every(std::chrono::nanoseconds period, std::function<void(System&)> hook) {
  parts_->periodic.push_back({period, std::move(hook)});
}

void App::on_end(std::function<Result<void>(System&)> hook) {
  parts_->end_hooks.push_back(std::move(hook));
}

int App::run() {
  Parts& parts = *parts_;
  // Logs go to stderr: what a program prints on stdout stays its own.
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  try {
    parts.line.parse(parts.arguments);
  } catch (const CLI::ParseError& error) {
    return parts.parse_failed(error);
  }
  if (parts.run->parsed()) return parts.run_topology();
  const auto topology = parts.load();
  if (!topology) return exit_code(ExitCode::usage);
  const std::size_t bundles = topology->bundles.size();
  fmt::print("{}: {} actors in {} bundle{}, no errors\n{}", parts.topology_path,
             topology->actors.size(), bundles, bundles == 1 ? "" : "s",
             supervision_text(*topology));
  return exit_code(ExitCode::clean);
}

std::vector<std::string> App::Parts::known_words() const {
  std::vector<std::string> words{"run", "check", "--help", "--version"};
  for (const CLI::App* command : {run, check}) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
  }
  return words;
}

int App::Parts::parse_failed(const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return line.exit(error);  // --help, --version
  print_error(fmt::format("{}: {}", line.get_name(), error.what()));
  const auto words = known_words();
  for (const std::string& argument : arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    if (std::find(words.begin(), words.end(), word) != words.end()) continue;
    if (const auto nearest = nearest_name(word, words)) {
      print_error(fmt::format("  {}: did you mean {}?", word, *nearest));
    }
  }
  print_error(fmt::format("  {} --help says what there is", line.get_name()));
  return exit_code(ExitCode::usage);
}

std::optional<Topology> App::Parts::load() {
  auto topology = load_topology(topology_path);
  if (!topology) {
    fmt::print(stderr, "{}", format(topology.error(), topology_path));
    return std::nullopt;
  }
  if (const auto wrong = types.check(*topology); !wrong.empty()) {
    fmt::print(stderr, "{}", format(wrong, topology_path));
    return std::nullopt;
  }
  // Every actor sees the topology's settings behind its own.
  for (ActorSpec& actor : topology->actors)
    actor.settings = actor.settings.with_defaults(topology->settings);
  return std::move(*topology);
}

int App::Parts::run_topology() {
  auto topology = load();
  if (!topology) return exit_code(ExitCode::usage);
  for (const auto& hook : load_hooks) {
    if (const auto ready = hook(*topology); !ready) {
      print_error(fmt::format("{}: {}", line.get_name(), ready.error().message));
      return exit_code(ExitCode::usage);
    }
  }
  auto plan = plan_process(*topology, request);
  if (!plan) {
    print_error(fmt::format("{}: {}", topology_path, plan.error().message));
    return exit_code(ExitCode::usage);
  }
  std::optional<System> system;
  try {
    system.emplace(plan->system);
  } catch (const std::invalid_argument& refused) {  // Processors that this machine does not have.
    print_error(
        fmt::format("{}: {}; --unpinned runs it all the same", topology_path, refused.what()));
    return exit_code(ExitCode::usage);
  }
  const SignalGuard signals{*system};
  if (start_actors(*system, *plan)) watch(*system);
  return finish(*system);
}

bool App::Parts::start_actors(System& system, const ProcessPlan& plan) {
  for (const PlannedStart& planned : plan.starts) {
    const ActorCell* cell = types.start(system, planned);
    // One after the other, as OTP's supervisors do: what starts later finds the earlier ones
    // running.
    if (!await_start(system, *cell)) return false;
  }
  return true;
}

// Until it runs, or has stopped already, as a temporary actor may. What backs off at its start may
// take for ever, so a stop of the system ends the wait: then false.
bool App::Parts::await_start(System& system, const ActorCell& cell) {
  constexpr std::chrono::milliseconds kPauseMax{10};
  std::chrono::nanoseconds pause = std::chrono::microseconds{20};
  while (!system.wait_for(pause)) {
    // Pairs with ActorCell::change_state.
    const ActorState state = cell.state.load(std::memory_order_acquire);
    if (state == ActorState::running || state == ActorState::stopped) return true;
    pause = std::min<std::chrono::nanoseconds>(2 * pause, kPauseMax);
  }
  return false;
}

void App::Parts::watch(System& system) {
  const Clock& clock = system.clock();
  for (Periodic& task : periodic) task.next = clock.monotonic() + task.period;
  while (true) {
    const Instant now = clock.monotonic();
    std::chrono::nanoseconds pause = std::chrono::seconds{1};
    for (Periodic& task : periodic) {
      if (task.next <= now) {
        task.hook(system);
        task.next = now + task.period;
      }
      pause = std::min(pause, task.next - now);
    }
    if (system.wait_for(pause)) return;
  }
}

int App::Parts::finish(System& system) {
  const auto late = system.shutdown(kShutdownTimeout);
  for (const std::string& sentence : late) spdlog::error("{}", sentence);
  bool failed = false;
  if (const auto failure = system.failure()) {
    spdlog::error("the system stopped because {}", failure->message);
    failed = true;
  }
  if (!late.empty()) {
    std::fflush(nullptr);
    _exit(exit_code(
        ExitCode::forced));  // Its thread cannot be joined; nothing it holds is safe to destroy.
  }
  for (const auto& hook : end_hooks) {
    if (const auto ended = hook(system); !ended) {
      print_error(fmt::format("{}: {}", line.get_name(), ended.error().message));
      failed = true;
    }
  }
  return exit_code(failed ? ExitCode::failed : ExitCode::clean);
}

}  // namespace mycelium
