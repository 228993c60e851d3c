#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/actor/supervisor.hpp"
#include "mycelium/actor/system.hpp"
#include "providers/desk.hpp"
#include "providers/provider.hpp"
#include "providers/run_result.hpp"
#include "providers/websocket_links.hpp"

namespace providers {

/// How the providers are run.
struct RunOptions {
  std::uint16_t port = 0;  ///< Of the venue.
  std::uint16_t workers = 2;
  std::uint32_t restarts_max = 8;  ///< Of one provider within ten seconds.
  std::chrono::nanoseconds silence_max = std::chrono::seconds{2};
  std::vector<Interruption> interruptions{};
};

/// The supervision tree of the three providers, each with a backoff of its own: one that fails is
/// restarted alone, one that keeps failing beyond `restarts_max` takes the tree down, and the tree
/// stops when all of them have seen the end of their data.
[[nodiscard]] mycelium::SupervisorSpec feeds_tree(
    const std::array<ProviderOptions, kProviders.size()>& providers, std::uint32_t restarts_max);

/// Three supervised providers and a desk in this process.
///
///     ActorRun run{{.port = venue->port()}};
///     while (!run.wait_for(std::chrono::milliseconds{50})) { ... }
///     const RunResult result = run.finish();
///
/// Thread-safety: one thread. Life-cycle: at most one of `finish` and destruction ends it.
class ActorRun {
 public:
  explicit ActorRun(const RunOptions& options);
  ~ActorRun();
  ActorRun(const ActorRun&) = delete;
  ActorRun& operator=(const ActorRun&) = delete;

  /// Waits for the end: all data have come, the tree has given up, or a stop was requested.
  bool wait_for(std::chrono::nanoseconds timeout) { return system_.wait_for(timeout); }
  /// Stops what still runs, and says what has happened.
  [[nodiscard]] RunResult finish();

  [[nodiscard]] mycelium::System& system() noexcept { return system_; }
  [[nodiscard]] const Timeline& timeline(std::size_t provider) const {
    return *providers_[provider].timeline;
  }
  [[nodiscard]] const DeskBoard& board() const noexcept { return *board_; }
  [[nodiscard]] ControlRef provider(std::size_t index) const { return refs_[index]; }

 private:
  void stop();

  IoThread io_;  // Its thread ends before the system does: see stop().
  WebsocketLinks links_;
  std::shared_ptr<DeskBoard> board_ = std::make_shared<DeskBoard>();
  std::array<ProviderOptions, kProviders.size()> providers_{};
  mycelium::System system_;
  std::array<ControlRef, kProviders.size()> refs_{};
};

}  // namespace providers
