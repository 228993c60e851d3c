#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/topology.hpp"
#include "mycelium/node/actor_types.hpp"

namespace mycelium {

/// How a program built on `App` ends (promise X3).
enum class ExitCode : int {
  clean = 0,
  failed = 1,
  usage = 2,   ///< Bad command line or configuration.
  forced = 3,  ///< An actor did not stop in time, or a second signal came.
};

/// A user's program: actor classes by name, run as a topology file says.
///
///     int main(int argc, char** argv) {
///       mycelium::App app{argc, argv};               // trading run topology.toml
///       app.actor<BinanceFeed>("binance_feed");      // names that the topology uses
///       app.actor<Detector>("detector", [](mycelium::Context& context) {
///         return Detector{context.publisher<Signal>()};
///       });
///       return app.run();
///     }
///
/// Gives every program the same command line: `run TOPOLOGY`; `check TOPOLOGY`, which says what is
/// wrong with one, or shows its supervision trees; their options, and those the program adds. A
/// repeated option: the last wins. SIGINT and SIGTERM stop gracefully; a second signal ends the
/// process at once. Thread-safety: one thread, one App at a time in a process (signals are the
/// process's).
class App {
 public:
  App(int argc, const char* const* argv, std::string description = {});
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Names an actor class. `factory` is `A(Context&)` or `A(Context&, const Settings&)`; `settings`
  /// are all that the class takes from the topology: checked before anything starts.
  template <typename A, typename Factory>
  void actor(std::string type, Factory factory, std::vector<SettingSpec> settings = {}) {
    static_assert(ActorClass<A>,
                  "an actor class names its messages: `using Handles = mycelium::Messages<...>;`");
    const auto factory_of = [factory = std::move(factory)](const ActorSpec& spec) {
      return [factory, own = spec.settings](Context& context) mutable -> A {
        if constexpr (std::is_invocable_v<Factory&, Context&, const Settings&>) {
          return factory(context, own);
        } else {
          return factory(context);
        }
      };
    };
    add_type(std::move(type),
             {.settings = std::move(settings),
              .conflates = detail::conflates_any<A>(typename A::Handles{}),
              .spawn =
                  [factory_of](System& system, const ActorSpec& spec, const SpawnOptions& options) {
                    return system.spawn(spec.name, factory_of(spec), options).cell();
                  },
              .child =
                  [factory_of](const ActorSpec& spec, const ChildOptions& options) {
                    return child(spec.name, factory_of(spec), options);
                  }});
  }
  /// The same for a class that is made from a `Context&`, or from nothing.
  template <typename A>
  void actor(std::string type, std::vector<SettingSpec> settings = {}) {
    actor<A>(
        std::move(type),
        [](Context& context) {
          if constexpr (std::is_constructible_v<A, Context&>) {
            return A{context};
          } else {
            return A{};
          }
        },
        std::move(settings));
  }

  /// Adds `--name VALUE` to `run`; `value` holds the default and outlives the app. `check` says
  /// what is wrong with a text (empty: nothing).
  void option(const std::string& name, std::string& value, const std::string& help,
              std::function<std::string(const std::string&)> check = {});
  /// Adds `--name VALUE` that may be given several times with all values kept.
  void list_option(const std::string& name, std::vector<std::string>& values,
                   const std::string& help,
                   std::function<std::string(const std::string&)> check = {});
  /// Adds `--name` to `run`.
  void flag(const std::string& name, bool& value, const std::string& help);

  /// Called with the checked topology before anything starts, and may change it; an error refuses
  /// to start (exit code 2).
  void on_load(std::function<Result<void>(Topology&)> hook);
  /// Called on the main thread every `period` while the system runs.
  void every(std::chrono::nanoseconds period, std::function<void(System&)> hook);
  /// Called on the main thread when everything has stopped; an error is printed and makes the exit
  /// code 1.
  void on_end(std::function<Result<void>(System&)> hook);

  /// Parses the command line, runs the command and returns the process's exit code.
  [[nodiscard]] int run();

 private:
  void add_type(std::string type, ActorTypes::Entry entry);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mycelium
