// Beside P5: what people write by hand, a list of callbacks that is called on the spot.
#include <functional>
#include <memory>
#include <vector>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

struct Receiver {
  std::uint64_t received = 0;
  std::uint64_t sum = 0;
};

double callbacks_ns(std::size_t messages) {
  constexpr std::size_t kReceivers = 10;
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<std::function<void(const Payload64&)>> callbacks;
  for (std::size_t index = 0; index < kReceivers; ++index) {
    Receiver& receiver = *receivers.emplace_back(std::make_unique<Receiver>());
    callbacks.emplace_back([&receiver](const Payload64& message) {
      ++receiver.received;
      receiver.sum += message.words[0];
    });
  }
  const Stopwatch stopwatch;
  Payload64 message;
  for (message.words[0] = 0; message.words[0] < messages; ++message.words[0]) {
    for (const auto& callback : callbacks) callback(message);
  }
  const double elapsed_ns = stopwatch.elapsed_ns();
  for (const auto& receiver : receivers) {
    if (receiver->received == messages) continue;
    fmt::print(stderr, "a callback missed a message\n");
    std::exit(1);
  }
  return elapsed_ns;
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  pin_or_exit(kSenderCpu);
  const std::size_t messages = options.sized(2'000'000);
  callbacks_ns(messages / 10);
  const double elapsed_ns = callbacks_ns(messages);
  for (const char* condition : {"sinks", "one_worker"}) {
    print_row({.id = "P5",
               .condition = condition,
               .kind = "queue",
               .name = "list of std::function, called on the spot",
               .value = to_millions_per_second(messages * 10, elapsed_ns),
               .unit = "M deliveries/s",
               .mode = "none",
               .pinning = "cpu 0",
               .bounded = false,
               .note = "no queue, no isolation, no restart"});
  }
}
