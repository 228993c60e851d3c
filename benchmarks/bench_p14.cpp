// P14: what it costs to turn a message into the bytes of the wire and back.
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "benchmarks/allocations.hpp"
#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"
#include "mycelium/protocol/codec.hpp"
#include "mycelium/protocol/message_view.hpp"

namespace mycelium::bench {
namespace {

/// Four fields with a text.
struct Tick {
  std::uint64_t id = 0;
  std::int64_t price = 0;
  std::string symbol;
  std::uint32_t quantity = 0;
};
MYCELIUM_MESSAGE(Tick, 8, "bench.tick", id, price, symbol, quantity)

/// The same without a text of its own memory: travels as its bytes.
struct FixedTick {
  std::uint64_t id = 0;
  std::int64_t price = 0;
  FixedString<15> symbol;
  std::uint32_t quantity = 0;
};
MYCELIUM_MESSAGE(FixedTick, 9, "bench.fixed_tick", id, price, symbol, quantity)

constexpr std::string_view kSymbol = "BTCUSDT_PERP";
constexpr std::size_t kBufferBytes = 128;

/// Keeps the compiler from leaving out the making of `value`.
template <typename T>
void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

/// Ends the program: a number from a message that did not come back means nothing.
[[noreturn]] void fail_measurement(const char* what) {
  fmt::print(stderr, "{}: no number is reported\n", what);
  std::exit(1);
}

void print(const char* condition, double value, const char* unit, const char* note) {
  print_row(Row{.id = "P14",
                .condition = condition,
                .kind = "ours",
                .name = "Mycelium",
                .value = value,
                .unit = unit,
                .mode = "spin",
                .pinning = "cpu 0",
                .bounded = true,
                .payload = "4 fields",
                .note = note});
}

/// Runs `body` `count` times after a warm-up; ns for each.
template <typename Body>
double ns_each(std::size_t count, Body&& body) {
  for (std::size_t round = 0; round < count / 10; ++round) body(round);
  const Stopwatch stopwatch;
  for (std::size_t round = 0; round < count; ++round) body(round);
  return stopwatch.elapsed_ns() / static_cast<double>(count);
}

template <Message M>
void check(bool went_well, const M& message, const M& expected) {
  if (!went_well || message.id != expected.id || message.quantity != expected.quantity)
    fail_measurement("a message did not come back as it was sent");
}

template <Message M>
void measure_message(const Options& options, M message, const char* encode_name,
                     const char* decode_name, const char* note) {
  const std::size_t count = options.sized(20'000'000);
  alignas(16) std::array<std::byte, kBufferBytes> buffer{};
  std::size_t bytes = 0;
  print(encode_name,
        ns_each(count,
                [&](std::size_t round) {
                  message.id = round;
                  const auto written = encode(message, buffer);
                  bytes = written ? *written : 0;
                  keep(buffer);
                }),
        "ns", note);
  M read;
  bool went_well = decode_into(read, std::span{buffer}.first(bytes)).has_value();
  const std::uint64_t allocations_before = allocation_count();
  const double decode_ns = ns_each(count, [&](std::size_t) {
    keep(buffer);
    const auto done = decode_into(read, std::span{buffer}.first(bytes));
    went_well = went_well && done.has_value();
    keep(read);
  });
  const std::uint64_t allocations = allocation_count() - allocations_before;
  check(went_well, read, message);
  print(decode_name, decode_ns, "ns", note);
  if constexpr (kWireForm<M> == WireForm::tagged)
    print("decode_allocations", static_cast<double>(allocations) / static_cast<double>(count),
          "allocations", "into a message that is there");
}

void measure_view(const Options& options) {
  const Tick tick{7, -105, std::string{kSymbol}, 3};
  std::array<std::byte, kBufferBytes> buffer{};
  const std::size_t bytes = encode(tick, buffer).value();
  std::size_t letters = 0;
  const std::size_t count = options.sized(20'000'000);
  print("view_tagged",
        ns_each(count,
                [&](std::size_t) {
                  keep(buffer);
                  const auto view = MessageView<Tick>::open(std::span{buffer}.first(bytes));
                  letters += view ? view->get<&Tick::symbol>().size() : 0;
                }),
        "ns", "all fields found, one read");
  if (letters % kSymbol.size() != 0 || letters == 0) fail_measurement("a view read wrongly");
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P14")) return 0;
  pin_or_exit(kSenderCpu);
  measure_message(options, Tick{7, -105, std::string{kSymbol}, 3}, "encode_tagged", "decode_tagged",
                  "tagged fields, a text of 12 bytes");
  FixedTick fixed{7, -105, {}, 3};
  static_cast<void>(fixed.symbol.assign(kSymbol));
  measure_message(options, fixed, "encode_fixed", "decode_fixed", "fixed layout, checked");
  measure_view(options);
}
