// MarketData -> SignalGenerator, one way, one message in flight: over a relay, and as actors.
//
//     migration_latency [--messages N]
//
// Each is measured in two modes. `sleep`: who waits for a message sleeps, as relay services do.
// `spin`: who waits polls without end; that needs a processor for each who waits.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "adapters/torq/message_builder.hpp"
#include "adapters/torq/relay/relay_server.hpp"
#include "adapters/torq/relay/unix_socket.hpp"
#include "adapters/torq/stream_reader.hpp"
#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

namespace {

using mycelium::Context;

struct Go {};
MYCELIUM_MESSAGE(Go, 152, "migration.go")

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(mycelium::os_clock().monotonic().time_since_epoch().count());
}

/// One way, in ns.
class Samples {
 public:
  explicit Samples(std::size_t count) : left_{count + count / 10}, warm_up_{count / 10} {
    values_.reserve(left_);
  }
  /// False: that was the last one.
  bool add(std::uint64_t sent_ns) {
    values_.push_back(now_ns() - sent_ns);
    return --left_ > 0;
  }
  [[nodiscard]] std::uint64_t p50() {
    const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(warm_up_);
    const auto middle = begin + (values_.end() - begin) / 2;
    std::nth_element(begin, middle, values_.end());
    return *middle;
  }

 private:
  std::vector<std::uint64_t> values_;
  std::size_t left_;
  const std::size_t warm_up_;
};

/// The generator as a relay's client: reads until all have come, and tells of each.
void consume(int socket, bool spins, Samples& samples, std::atomic<std::uint64_t>& seen) {
  torq::StreamReader reader;
  for (bool goes_on = true; goes_on;) {
    const std::span<std::byte> room = reader.room();
    const ssize_t count = ::recv(socket, room.data(), room.size(), spins ? MSG_DONTWAIT : 0);
    if (count <= 0) continue;
    reader.commit(static_cast<std::size_t>(count));
    for (auto event = reader.next(); event.index() != 0; event = reader.next()) {
      const auto* const message = std::get_if<torq::StreamMessage>(&event);
      if (message == nullptr) continue;
      for (const torq::Tlv& tlv : message->message.tlvs()) {
        if (const auto trade = tlv.get<torq::Trade>()) goes_on = samples.add(trade->timestamp_ns);
      }
      seen.fetch_add(1, std::memory_order_release);  // Pairs with the publisher's wait.
      seen.notify_one();
    }
  }
}

mycelium::Result<std::uint64_t> over_a_relay(std::size_t messages, bool spins) {
  const std::string path = fmt::format("migration-latency-{}.sock", ::getpid());
  const auto relay = torq::RelayServer::start({.socket = path, .spins = spins});
  if (!relay) return std::unexpected{relay.error()};
  const auto subscriber = torq::connect_to(path);
  if (!subscriber) return std::unexpected{subscriber.error()};
  const auto publisher = torq::connect_to(path);
  if (!publisher) return std::unexpected{publisher.error()};
  Samples samples{messages};
  std::atomic<std::uint64_t> seen{0};
  std::thread generator{[&] { consume(subscriber->number(), spins, samples, seen); }};
  const std::uint64_t count = messages + messages / 10;
  torq::Trade trade{};
  std::array<std::byte, 128> memory;
  for (std::uint64_t sequence = 0; sequence < count; ++sequence) {
    trade.timestamp_ns = now_ns();
    torq::MessageBuilder builder{memory, {.source = torq::Source::test, .sequence = sequence}};
    static_cast<void>(builder.add(trade));
    const torq::Bytes bytes = builder.finish();
    static_cast<void>(::send(publisher->number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    seen.wait(sequence, std::memory_order_acquire);  // Pairs with consume().
  }
  generator.join();
  return samples.p50();
}

/// Publishes a trade whenever the generator has had the one before.
class MarketData {
 public:
  using Handles = mycelium::Messages<Go>;
  explicit MarketData(Context& context) : trades_{context.publisher<torq::Trade>()} {
    context.subscribe<Go>({mycelium::Overflow::block});
  }
  void handle(const Go&) {
    trade_.timestamp_ns = now_ns();
    static_cast<void>(trades_.publish(trade_));
  }

 private:
  mycelium::Publisher<torq::Trade> trades_;
  torq::Trade trade_{};
};

class SignalGenerator {
 public:
  using Handles = mycelium::Messages<torq::Trade>;
  SignalGenerator(Context& context, Samples& samples)
      : go_{context.publisher<Go>()}, samples_{samples} {
    context.subscribe<torq::Trade>({mycelium::Overflow::block});
  }
  void handle(const torq::Trade& trade, Context& context) {
    if (!samples_.add(trade.timestamp_ns)) return context.stop_system();
    static_cast<void>(go_.publish(Go{}));
  }

 private:
  mycelium::Publisher<Go> go_;
  Samples& samples_;
};

std::uint64_t as_actors(std::size_t messages, bool spins, std::uint16_t workers) {
  Samples samples{messages};
  mycelium::System system{
      {.workers = workers, .idle = spins ? mycelium::Idle::spin : mycelium::Idle::sleep}};
  mycelium::SpawnOptions first{};
  first.worker = 0;
  mycelium::SpawnOptions last{};
  last.worker = static_cast<std::uint16_t>(workers - 1);
  const auto generator = system.spawn(
      "generator", [&](Context& context) { return SignalGenerator{context, samples}; }, last);
  const auto market =
      system.spawn("market_data", [](Context& context) { return MarketData{context}; }, first);
  if (!system.await_started(*generator.cell()) || !system.await_started(*market.cell())) return 0;
  static_cast<void>(market.try_send(Go{}));
  while (!system.wait_for(std::chrono::seconds{1})) {
  }
  system.shutdown();
  return samples.p50();
}

int measure(std::size_t messages) {
  fmt::print("MarketData -> SignalGenerator, one way, one message in flight, p50 of {}\n",
             messages);
  if (std::thread::hardware_concurrency() < 3) {
    fmt::print(
        "(two processors: relay, publisher and generator cannot all spin, so a spinning relay "
        "waits "
        "for its turn)\n");
  }
  fmt::print("\n{:<6} {:<22} {:>12}  {}\n", "mode", "way", "ns", "the relay takes");
  for (const bool spins : {false, true}) {
    const char* const mode = spins ? "spin" : "sleep";
    const auto relay = over_a_relay(messages, spins);
    if (!relay) {
      fmt::print(stderr, "migration_latency: {}\n", relay.error().message);
      return 1;
    }
    fmt::print("{:<6} {:<22} {:>12}\n", mode, "relay", *relay);
    for (const std::uint16_t workers : {1, 2}) {
      const std::uint64_t ns = std::max<std::uint64_t>(1, as_actors(messages, spins, workers));
      fmt::print("{:<6} {:<22} {:>12}  {:.0f} times that\n", mode,
                 workers == 1 ? "actors, one worker" : "actors, two workers", ns,
                 static_cast<double>(*relay) / static_cast<double>(ns));
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App line{"Measures a relay and actors side by side"};
  std::size_t messages = 5000;
  line.add_option("--messages", messages, "How many are measured")
      ->check(CLI::Range(10U, 10'000'000U));
  CLI11_PARSE(line, argc, argv);
  return measure(messages);
}
