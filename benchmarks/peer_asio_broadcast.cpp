// Boost.Asio, P5: one strand posts each message to ten others, which share it.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/version.hpp>
#include <memory>
#include <vector>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

namespace asio = boost::asio;
using Strand = asio::strand<asio::io_context::executor_type>;

constexpr std::size_t kReaders = 10;
constexpr std::uint64_t kAtOnce = 6;  // So that what waits stays in the cache.

/// Strands of one context, each with a count of what came.
class Readers {
 public:
  Readers(asio::io_context& context, std::size_t count) : received_(count) {
    for (std::size_t index = 0; index < count; ++index)
      strands_.push_back(asio::make_strand(context));
  }
  void post(const std::shared_ptr<const Payload64>& message) {
    for (std::size_t index = 0; index < strands_.size(); ++index) {
      asio::post(strands_[index], [this, index, message] {
        ++received_[index];
        sum_ += message->words[0];
        ++all_;
      });
    }
  }
  [[nodiscard]] std::uint64_t all() const noexcept { return all_; }

 private:
  std::vector<Strand> strands_;
  std::vector<std::uint64_t> received_;
  std::uint64_t sum_ = 0;
  std::uint64_t all_ = 0;
};

std::shared_ptr<const Payload64> message_of(std::uint64_t number) {
  auto message = std::make_shared<Payload64>();
  message->words[0] = number;
  return message;
}

double on_one_thread_ns(std::size_t messages) {
  asio::io_context context{1};
  Readers readers{context, kReaders};
  const Stopwatch stopwatch;
  for (std::uint64_t number = 0; number < messages; number += kAtOnce) {
    for (std::uint64_t next = number; next < number + kAtOnce && next < messages; ++next)
      readers.post(message_of(next));
    context.restart();
    context.poll();
  }
  while (readers.all() < messages * kReaders) context.poll();
  return stopwatch.elapsed_ns();
}

/// Five readers on the thread that posts, five on another.
double on_two_threads_ns(std::size_t messages) {
  asio::io_context here{1};
  asio::io_context there{1};
  Readers near{here, kReaders / 2};
  Readers far{there, kReaders / 2};
  const auto work = asio::make_work_guard(there);  // An idle context must not stop.
  return run_pair_ns(
      [&] {
        for (std::uint64_t number = 0; number < messages; ++number) {
          const auto message = message_of(number);
          far.post(message);
          near.post(message);
          if (number % kAtOnce != 0) continue;
          here.restart();
          here.poll();
        }
        here.restart();
        while (near.all() < messages * kReaders / 2) here.poll();
      },
      [&] {
        while (far.all() < messages * kReaders / 2) there.poll();
      });
}

void print_broadcast(const char* condition, const char* variant, const char* pinning,
                     std::size_t messages, double elapsed_ns) {
  print_row({.id = "P5",
             .condition = condition,
             .kind = "peer",
             .name = fmt::format("Boost.Asio {}.{}, {}", BOOST_VERSION / 100000,
                                 BOOST_VERSION / 100 % 1000, variant),
             .value = to_millions_per_second(messages * kReaders, elapsed_ns),
             .unit = "M deliveries/s",
             .mode = "spin",
             .pinning = pinning,
             .bounded = false});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  keep_freed_memory();
  pin_or_exit(kSenderCpu);
  const std::size_t messages = options.sized(200'000);
  on_one_thread_ns(messages / 10);
  print_broadcast("one_worker", "strands of one thread", "cpu 0", messages,
                  on_one_thread_ns(messages));
  on_two_threads_ns(messages / 10);
  print_broadcast("two_workers", "strands of two threads", kPinnedPair, messages,
                  on_two_threads_ns(messages));
}
