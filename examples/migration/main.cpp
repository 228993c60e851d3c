// MarketData -> SignalGenerator: over a relay, over a relay and as actors at once, or as actors,
// as the topology says. The signals must be the same.
//
//     migration run examples/migration/parallel.toml
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/torq/relay/relay_actor.hpp"
#include "adapters/torq/relay/relay_server.hpp"
#include "migration/stages.hpp"
#include "mycelium/node/app.hpp"

namespace {

using mycelium::Context;
using mycelium::Result;
using mycelium::Settings;

using ToRelay = torq::RelayMapping<torq::Receives<>, torq::Sends<torq::Send<torq::Trade>>>;
using FromRelay = torq::RelayMapping<torq::Receives<torq::Receive<torq::Trade>>>;

/// What the actors of one run share.
struct Run {
  static constexpr std::uint64_t kTrades = 2000;
  std::string socket;
  std::size_t relay_clients = 0;  // Actors that are clients of the relay.
  std::unique_ptr<torq::RelayServer> relay;
  std::vector<std::shared_ptr<migration::GeneratorBoard>> boards;
  std::atomic<std::size_t> generators_left{0};

  /// Whoever connects later than the first trade would miss it.
  [[nodiscard]] bool is_ready() const {
    return relay == nullptr || relay->counts().clients.value() >= relay_clients;
  }
  /// Whether the generator that calls this is the last one.
  [[nodiscard]] bool finish() { return generators_left.fetch_sub(1) == 1; }

  Result<void> prepare(const mycelium::Topology& topology) {
    for (const mycelium::ActorSpec& actor : topology.actors) {
      if (actor.type == "to_relay" || actor.type == "from_relay") ++relay_clients;
      if (actor.type != "signal_generator") continue;
      auto board = std::make_shared<migration::GeneratorBoard>();
      board->name = actor.name;
      board->input = actor.settings.get_string("input").value_or("");
      boards.push_back(std::move(board));
    }
    generators_left = boards.size();
    if (relay_clients == 0) return {};
    // In place of the relay that would be there already.
    socket = topology.settings.get_string("socket").value_or("");
    auto started = torq::RelayServer::start({.socket = socket});
    if (!started) return std::unexpected{started.error()};
    relay = std::move(*started);
    return {};
  }

  [[nodiscard]] std::shared_ptr<migration::GeneratorBoard> board_of(const std::string& name) const {
    return *std::ranges::find(boards, name, &migration::GeneratorBoard::name);
  }

  Result<void> report() const {
    for (const auto& board : boards) {
      fmt::print("{} from {}: {} trades, {} signals, digest {:016x}\n", board->name, board->input,
                 board->trades.load(), board->signals.load(), board->digest.load());
      if (board->digest.load() != boards.front()->digest.load())
        return mycelium::fail("signals_differ",
                              fmt::format("{} and {} made different signals of the same trades",
                                          boards.front()->name, board->name));
    }
    return {};
  }
};

}  // namespace

int main(int argc, char** argv) {
  mycelium::App app{argc, argv, "A service on its way from a relay to actors"};
  Run run;
  app.actor<migration::MarketData>("market_data", [&](Context& context) {
    return migration::MarketData{context, Run::kTrades, [&run] { return run.is_ready(); }};
  });
  app.actor<migration::SignalGenerator>(
      "signal_generator",
      [&](Context& context) {
        return migration::SignalGenerator{context, run.board_of(context.name()), Run::kTrades,
                                          [&run] { return run.finish(); }};
      },
      {{.key = "input", .required = true, .help = "the topic of the trades"}});
  const mycelium::SettingSpec socket{.key = "socket", .required = true, .help = "of the relay"};
  app.actor<torq::RelayActor<ToRelay>>(
      "to_relay",
      [&](Context& context) {
        return torq::RelayActor<ToRelay>{
            context, {.connection = {.socket = run.socket}, .source = torq::Source::kraken}};
      },
      {socket});
  app.actor<torq::RelayActor<FromRelay>>(
      "from_relay",
      [&](Context& context) {
        return torq::RelayActor<FromRelay>{
            context, {.connection = {.socket = run.socket}, .receive_prefix = "relay."}};
      },
      {socket});
  app.on_load([&](mycelium::Topology& topology) { return run.prepare(topology); });
  app.on_end([&](mycelium::System&) { return run.report(); });
  return app.run();
}
