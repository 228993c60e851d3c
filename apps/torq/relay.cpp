#include <fmt/format.h>

#include <csignal>
#include <string>

#include "adapters/torq/relay/relay_server.hpp"
#include "apps/torq/commands.hpp"
#include "apps/torq/line_writer.hpp"

namespace torq::command {
namespace {

std::string summary_of(const RelayServerCounts& counts) {
  std::string faults;
  for (std::size_t code = 0; code < kFaultCodes; ++code) {
    const std::uint64_t count = counts.received.faults[code].value();
    if (count == 0) continue;
    faults += fmt::format("{}\"{}\":{}", faults.empty() ? "" : ",", kFaultNames[code], count);
  }
  return fmt::format(
      R"({{"clients":{},"accepted":{},"refused":{},"messages":{},"forwarded":{},"dropped_clients":{},)"
      R"("dropped_bytes":{},"skipped_bytes":{},"unknown_tlvs":{},"faults":{{{}}}}})",
      counts.clients.value(), counts.accepted.value(), counts.refused.value(),
      counts.received.messages.value(), counts.forwarded.value(), counts.dropped.value(),
      counts.dropped_bytes.value(), counts.received.skipped_bytes.value(),
      counts.received.unknown_tlvs.value(), faults);
}

}  // namespace

int run(const Relay& command) {
  // Before the relay's thread starts, which inherits what is blocked.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto relay = RelayServer::start({.socket = command.socket,
                                         .parse = command.parse,
                                         .queue_bytes_max = command.queue_bytes_max});
  if (!relay) {
    complain(relay.error().message);
    return kUsage;
  }
  complain(fmt::format("a relay listens at {}", command.socket));
  int signal = 0;
  sigwait(&signals, &signal);
  LineWriter writer;
  writer.add_line(summary_of((*relay)->counts()));
  return writer.finish();
}

}  // namespace torq::command
