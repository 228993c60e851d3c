// P15: what a question and its answer cost an actor that waits in a coroutine.
#include "benchmarks/allocations.hpp"
#include "benchmarks/ours.hpp"

namespace mycelium::bench {
namespace {

struct Value {
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(Value, 8, "bench.value", words)

struct GetValue {
  using Reply = Value;
  std::array<std::uint64_t, 8> words{};
};
MYCELIUM_MESSAGE(GetValue, 9, "bench.get_value", words)
static_assert(sizeof(GetValue) == sizeof(Payload64) && sizeof(Value) == sizeof(Payload64));

struct BeginAsking {
  RefTo<GetValue> answerer;
};
MYCELIUM_MESSAGE(BeginAsking, 10, "bench.begin_asking", answerer)

/// Answers with what it was asked.
class Answerer {
 public:
  using Handles = Messages<GetValue>;
  Value handle(const GetValue& question) { return Value{question.words}; }
};

/// What a measurement found; its owner reads it after the system has shut down.
struct Asked {
  double elapsed_ns = 0;
  std::uint64_t allocations = 0;
};

/// Asks one question after the other.
class Asker {
 public:
  using Handles = Messages<BeginAsking>;

  Asker(Asked& asked, std::uint64_t warm_up, std::uint64_t asks)
      : asked_{asked}, warm_up_{warm_up}, asks_{asks} {}

  Task<> handle(const BeginAsking& begin, Context& context) {
    const RefTo<GetValue> answerer = begin.answerer;
    for (std::uint64_t number = 0; number < warm_up_; ++number) {
      check(co_await context.ask(answerer, question(number), std::chrono::seconds{1}), number);
    }
    const std::uint64_t allocations_before = allocation_count();
    const Stopwatch stopwatch;
    for (std::uint64_t number = 0; number < asks_; ++number) {
      check(co_await context.ask(answerer, question(number), std::chrono::seconds{1}), number);
    }
    asked_.elapsed_ns = stopwatch.elapsed_ns();
    asked_.allocations = allocation_count() - allocations_before;
    context.stop_system();
  }

 private:
  static GetValue question(std::uint64_t number) {
    GetValue question;
    question.words[0] = number;
    return question;
  }
  static void check(const Result<Value>& answer, std::uint64_t number) {
    if (!answer.has_value() || answer->words[0] != number) {
      fail_measurement("a question was not answered, or wrongly");
    }
  }

  Asked& asked_;
  const std::uint64_t warm_up_;
  const std::uint64_t asks_;
};

Asked ask(std::size_t asks, std::uint16_t answering_worker) {
  Asked asked;
  System system{system_options(static_cast<std::uint16_t>(answering_worker + 1))};
  const auto answerer =
      system.spawn("answerer", [](Context&) { return Answerer{}; }, on_worker(answering_worker));
  const auto asker = system.spawn(
      "asker", [&](Context&) { return Asker{asked, asks / 10, asks}; }, on_worker(kSenderWorker));
  if (!system.await_started(*answerer.cell()) ||
      asker.try_send(BeginAsking{answerer}) != SendResult::ok) {
    fail_measurement("the asker did not start");
  }
  run_to_end(system);
  return asked;
}

void measure(const Options& options) {
  const std::size_t asks = options.sized(2'000'000);
  const Asked here = ask(asks, kSenderWorker);
  constexpr const char* kNote = "coroutine, one question at a time, time limit of 1 s";
  print_row(our_row("P15", "ask_one_worker", here.elapsed_ns / static_cast<double>(asks), "ns",
                    "cpu 0", kNote));
  print_row(our_row("P15", "ask_allocations",
                    static_cast<double>(here.allocations) / static_cast<double>(asks),
                    "allocations", "cpu 0", kNote));
  const std::size_t asks_across = asks / 4;
  const Asked across = ask(asks_across, kReceiverWorker);
  print_row(our_row("P15", "ask_across_workers",
                    across.elapsed_ns / static_cast<double>(asks_across), "ns", kPinnedPair,
                    kNote));
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P15")) return 0;
  require_both_cpus();
  measure(options);
}
