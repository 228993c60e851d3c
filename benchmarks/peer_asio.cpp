// Boost.Asio strands, as good as they can be here: one thread per io_context, a poll() loop, no
// sleeping.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/version.hpp>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

namespace asio = boost::asio;
using Strand = asio::strand<asio::io_context::executor_type>;

/// Asio's documented hint that one thread runs the context: it leaves out the waking of further
/// threads and may run a handler's posts without locking. Other threads may still post.
constexpr int kOneThread = 1;
constexpr int kManyThreads = BOOST_ASIO_CONCURRENCY_HINT_SAFE;

std::string named(const char* variant) {
  return fmt::format("Boost.Asio {}.{}, {}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                     variant);
}

/// Two strands of one context that hand a message to each other.
class PingPong {
 public:
  PingPong(std::size_t messages, int concurrency_hint)
      : left_{messages}, context_{concurrency_hint} {}

  double run_ns() {
    asio::post(strands_[0], [this, message = Payload64{}] { handle(0, message); });
    const Stopwatch stopwatch;
    context_.run();
    return stopwatch.elapsed_ns();
  }

 private:
  void handle(std::size_t self, const Payload64& message) {
    if (--left_ == 0) return;
    const std::size_t other = 1 - self;
    asio::post(strands_[other], [this, other, message] { handle(other, message); });
  }

  std::size_t left_;
  asio::io_context context_;
  std::array<Strand, 2> strands_{asio::make_strand(context_), asio::make_strand(context_)};
};

/// Posts from cpu 0 to a strand that cpu 1 runs.
double stream_ns(std::size_t messages) {
  asio::io_context context{kOneThread};
  auto strand = asio::make_strand(context);
  const auto work = asio::make_work_guard(context);  // An idle context must not stop.
  std::size_t received = 0;
  std::uint64_t sum = 0;
  return run_pair_ns(
      [&] {
        Payload64 message;
        for (std::size_t i = 0; i < messages; ++i) {
          message.words[0] = i;
          asio::post(strand, [&received, &sum, message] {
            ++received;
            sum += message.words[0];
          });
        }
      },
      [&] {
        while (received < messages) context.poll();
        if (sum != messages * (messages - 1) / 2) {
          fmt::print(stderr, "Boost.Asio lost a message: this benchmark is wrong\n");
          std::exit(1);
        }
      });
}

/// Posts from two threads to one strand that a third runs.
double fan_in_ns(std::size_t messages) {
  asio::io_context context{kOneThread};
  auto strand = asio::make_strand(context);
  const auto work = asio::make_work_guard(context);  // An idle context must not stop.
  std::size_t received = 0;
  std::uint64_t sum = 0;
  return run_fan_in_ns(
      fan_in_cpus(),
      [&](std::size_t) {
        Payload64 message;
        for (std::size_t i = 0; i < messages / 2; ++i) {
          message.words[0] = i;
          asio::post(strand, [&received, &sum, message] {
            ++received;
            sum += message.words[0];
          });
        }
      },
      [&] {
        while (received < messages) context.poll();
        if (sum != messages / 2 * (messages / 2 - 1)) {
          fmt::print(stderr, "Boost.Asio lost a message: this benchmark is wrong\n");
          std::exit(1);
        }
      });
}

template <typename Executor>
Percentiles one_way(asio::io_context& context, Executor executor, std::size_t messages) {
  LatencySamples samples{messages};
  context.restart();
  const auto work = asio::make_work_guard(context);  // An idle context must not stop.
  run_pair_ns(
      [&] {
        OpenLoopSchedule schedule{tick_scale(), kLatencyMessagesPerSecond};
        Payload64 message;
        for (std::size_t i = 0; i < messages; ++i) {
          message.words[0] = schedule.wait();
          asio::post(executor, [&samples, message] { samples.record(ticks() - message.words[0]); });
        }
      },
      [&] {
        while (samples.count() < messages) context.poll();
      });
  return samples.percentiles(tick_scale());
}

void measure_ping_pong(const char* variant, int concurrency_hint, std::size_t messages) {
  pin_or_exit(kSenderCpu);
  PingPong{messages / 10, concurrency_hint}.run_ns();
  const double elapsed_ns = PingPong{messages, concurrency_hint}.run_ns();
  print_row({.id = "P1",
             .condition = "ping_pong",
             .kind = "peer",
             .name = named(variant),
             .value = elapsed_ns / static_cast<double>(messages),
             .unit = "ns",
             .mode = "spin",
             .pinning = "cpu 0",
             .bounded = false});
}

void print_stream(const char* id, const char* condition, const char* variant, const char* pinning,
                  double millions_per_second) {
  print_row({.id = id,
             .condition = condition,
             .kind = "peer",
             .name = named(variant),
             .value = millions_per_second,
             .unit = "M msg/s",
             .mode = "spin",
             .pinning = pinning,
             .bounded = false});
}

void measure_stream(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  stream_ns(messages);
  print_stream("P2", "stream", "external thread to strand", kPinnedPair,
               to_millions_per_second(messages, stream_ns(messages)));
}

void measure_fan_in(const Options& options) {
  const std::size_t messages = options.sized(1'000'000);
  fan_in_ns(messages);
  print_stream("P3", "fan_in", "two external threads to strand", fan_in_cpus().text,
               to_millions_per_second(messages, fan_in_ns(messages)));
}

template <typename MakeExecutor>
void measure_one_way(const char* variant, std::size_t messages, MakeExecutor make_executor) {
  asio::io_context context{kOneThread};
  one_way(context, make_executor(context), messages / 10);
  const Percentiles latency = one_way(context, make_executor(context), messages);
  print_row({.id = "P4",
             .condition = "one_way",
             .kind = "peer",
             .name = named(variant),
             .value = latency.p50,
             .unit = "ns",
             .mode = "spin",
             .pinning = kPinnedPair,
             .bounded = false,
             .percentiles = latency,
             .note = kLatencyRate});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  keep_freed_memory();
  if (options.wants("P1")) {
    const std::size_t messages = options.sized(2'000'000);
    measure_ping_pong("two strands, context of one thread", kOneThread, messages);
    measure_ping_pong("two strands, context for many threads", kManyThreads, messages);
  }
  if (options.wants("P2")) measure_stream(options);
  if (options.wants("P3")) measure_fan_in(options);
  if (options.wants("P4")) {
    const std::size_t messages = options.sized(100'000);
    measure_one_way("external thread to strand", messages,
                    [](auto& context) { return asio::make_strand(context); });
    measure_one_way("external thread to io_context", messages,
                    [](auto& context) { return context.get_executor(); });
  }
}
