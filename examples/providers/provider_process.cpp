#include "providers/provider_process.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include "mycelium/actor/system.hpp"
#include "providers/desk.hpp"
#include "providers/end_watch.hpp"
#include "providers/provider.hpp"
#include "providers/timeline.hpp"
#include "providers/websocket_links.hpp"

namespace providers {
namespace {

// Short lines: a pipe takes each whole. A parent that is gone takes this process with it.
void write_line(std::string line) {
  line += '\n';
  [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
}

}  // namespace

int run_provider_process(const ProviderProcessOptions& options) {
  IoThread io;
  WebsocketLinks links{io, options.port};
  const auto board = std::make_shared<DeskBoard>();
  mycelium::System system{{.workers = 1, .actors_max = 64}};
  const auto desk = system.spawn("desk", [board](mycelium::Context&) { return Desk{board, {}}; });
  system.await_started(*desk.cell());
  const ProviderOptions own{
      .index = options.provider,
      .links = &links,
      .timeline = std::make_shared<Timeline>([](const Note& note) { write_line(line_of(note)); }),
      .silence_max = options.silence_max};
  const auto provider =
      system.spawn(own.name(), [own](mycelium::Context& context) { return Provider{own, context}; },
                   {.restart = {.restart = mycelium::Restart::transient, .max_restarts = 0}});
  system.spawn("end_watch", [provider](mycelium::Context&) { return EndWatch{provider}; });
  static_cast<void>(provider.send_blocking(Start{}, std::chrono::seconds{5}));
  while (!system.wait_for(std::chrono::hours{1})) {
  }
  if (system.failure()) ::_exit(1);
  system.shutdown();
  io.stop();
  const SequenceCheck& check = (*board)[options.provider];
  write_line(fmt::format("counts {} {} {} {} {}", check.received(), check.missed(), check.gaps(),
                         check.repeated(), check.total().value_or(0)));
  return check.total() ? 0 : 1;
}

}  // namespace providers
