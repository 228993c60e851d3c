#include "providers/actor_run.hpp"

#include <string>
#include <utility>

#include "providers/end_watch.hpp"

namespace providers {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kShutdownMax{10};
constexpr std::chrono::seconds kStartMax{5};

}  // namespace

mycelium::SupervisorSpec feeds_tree(const std::array<ProviderOptions, kProviders.size()>& providers,
                                    std::uint32_t restarts_max) {
  using namespace mycelium;
  const auto make = [&](std::size_t index) {
    return [options = providers[index]](Context& context) { return Provider{options, context}; };
  };
  // The first restart is at once. Who then still fails waits 10 ms, 20 ms, 40 ms and so on, less a
  // part by chance, so that three who have lost one venue do not come back in step. Who has run for
  // half a second has recovered: its next failure is a first one again.
  const ChildOptions each{.restart = {.restart = Restart::transient,
                                      .max_restarts = restarts_max,
                                      .period = std::chrono::seconds{10},
                                      .backoff = Backoff{.min = milliseconds{10},
                                                         .max = std::chrono::seconds{1},
                                                         .reset_after = milliseconds{500}}},
                          .significant = true};
  // The top does not begin again with new counts: there is nobody else to ask for a venue.
  return supervisor("feeds",
                    {.strategy = Strategy::one_for_one,
                     .auto_shutdown = AutoShutdown::all_significant,
                     .restart = {.max_restarts = 0}},
                    child(providers[0].name(), make(0), each),
                    child(providers[1].name(), make(1), each),
                    child(providers[2].name(), make(2), each));
}

ActorRun::ActorRun(const RunOptions& options)
    : links_{io_, options.port}, system_{{.workers = options.workers}} {
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    providers_[index].index = static_cast<std::uint32_t>(index);
    providers_[index].links = &links_;
    providers_[index].silence_max = options.silence_max;
  }
  // Receivers first: the desk has subscribed before the first provider runs.
  const auto desk = system_.spawn("desk", [board = board_, planned = options.interruptions](
                                              mycelium::Context&) { return Desk{board, planned}; });
  system_.await_started(*desk.cell());
  const auto feeds = system_.supervise(feeds_tree(providers_, options.restarts_max));
  system_.spawn("end_watch", [feeds](mycelium::Context&) { return EndWatch{feeds}; });
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    refs_[index] = *system_.lookup<Start, Pause, Stop>(kProviders[index]);
    // It waits in the mailbox, which is empty, until the provider runs.
    static_cast<void>(refs_[index].send_blocking(Start{}, kStartMax));
  }
}

ActorRun::~ActorRun() { stop(); }

// The I/O thread sends to actors, so it ends before their places do; the providers close their
// connections when they stop, so it ends after them.
void ActorRun::stop() {
  system_.shutdown(kShutdownMax);
  io_.stop();
}

RunResult ActorRun::finish() {
  stop();
  RunResult result;
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    const SequenceCheck& check = (*board_)[index];
    result.providers[index] = {.received = check.received(),
                               .missed = check.missed(),
                               .gaps = check.gaps(),
                               .repeated = check.repeated(),
                               .total = check.total(),
                               .outages = outages_of(providers_[index].timeline->notes())};
  }
  if (const auto failure = system_.failure()) result.failure = failure->message;
  return result;
}

}  // namespace providers
