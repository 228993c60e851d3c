// P14, the part of Torq: a Trade read from the bytes of its message, and written to them.
#include <array>
#include <vector>

#include "adapters/torq/message_builder.hpp"
#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"

namespace mycelium::bench {
namespace {

constexpr std::size_t kDistinct =
    256;  // Messages that take turns: 19 KB, so that none is a constant.
using Message = std::array<std::byte, 80>;

torq::Bytes build(Message& memory, const torq::Trade& trade, std::uint64_t sequence,
                  bool checksum) {
  torq::MessageBuilder builder{
      memory,
      {.source = torq::Source::kraken, .sequence = sequence, .timestamp_ns = trade.timestamp_ns},
      {.checksum = checksum}};
  if (builder.add(trade)) std::exit(1);
  return builder.finish();
}

std::vector<torq::Trade> trades() {
  std::vector<torq::Trade> made(kDistinct);
  for (std::size_t index = 0; index < kDistinct; ++index) {
    made[index].asset_id = index;
    made[index].price = static_cast<std::int64_t>(index) * 1'000'003;
    made[index].timestamp_ns = 1'700'000'000'000'000'000 + index;
  }
  return made;
}

double build_ns(std::size_t messages, bool checksum) {
  const auto given = trades();
  std::vector<Message> memory(kDistinct);
  std::uint64_t bytes = 0;
  const Stopwatch stopwatch;
  for (std::size_t index = 0; index < messages; ++index) {
    const std::size_t at = index % kDistinct;
    bytes += build(memory[at], given[at], index, checksum).size();
    asm volatile("" : : "g"(memory.data()) : "memory");  // What was written counts as read.
  }
  const double elapsed_ns = stopwatch.elapsed_ns();
  if (bytes != messages * 74) std::exit(1);
  return elapsed_ns;
}

double parse_ns(std::size_t messages, bool checksum) {
  const auto given = trades();
  std::vector<Message> memory(kDistinct);
  std::vector<torq::Bytes> bytes;
  for (std::size_t at = 0; at < kDistinct; ++at)
    bytes.push_back(build(memory[at], given[at], at, /*checksum=*/true));
  const auto options = torq::ParseOptions::with_checksum(checksum ? torq::ChecksumPolicy::required
                                                                  : torq::ChecksumPolicy::off);
  std::int64_t sum = 0;
  const Stopwatch stopwatch;
  for (std::size_t index = 0; index < messages; ++index) {
    const auto message = torq::parse_message(bytes[index % kDistinct], options);
    if (!message) std::exit(1);
    for (const torq::Tlv& tlv : message->tlvs()) {
      if (const auto trade = tlv.get<torq::Trade>()) sum += trade->price;
    }
  }
  const double elapsed_ns = stopwatch.elapsed_ns();
  if (sum == 0) std::exit(1);
  return elapsed_ns;
}

void print(const char* condition, const char* name, std::size_t messages, double elapsed_ns) {
  print_row({.id = "P14",
             .condition = condition,
             .kind = "ours",
             .name = name,
             .value = to_millions_per_second(messages, elapsed_ns),
             .unit = "M msg/s",
             .mode = "none",
             .pinning = "cpu 0",
             .bounded = true,
             .payload = "74 B"});
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P14")) return 0;
  pin_or_exit(kSenderCpu);
  const std::size_t messages = options.sized(20'000'000);
  for (const bool checksum : {false, true}) {
    parse_ns(messages / 10, checksum);
    print(checksum ? "torq_parse_checked" : "torq_parse",
          checksum ? "parse a Trade, checksum verified" : "parse a Trade", messages,
          parse_ns(messages, checksum));
    build_ns(messages / 10, checksum);
    print(checksum ? "torq_build_checked" : "torq_build",
          checksum ? "build a Trade with its checksum" : "build a Trade", messages,
          build_ns(messages, checksum));
  }
}
