// P5: what the actor layer costs those who only publish and subscribe. Two programs by turns, one
// with only the bus and one with actors as well.
#include <algorithm>
#include <filesystem>

#include "benchmarks/harness.hpp"
#include "benchmarks/row.hpp"
#include "benchmarks/turns.hpp"

namespace mycelium::bench {
namespace {

/// Nanoseconds per delivery. Ends the program where the other does.
double turn_ns(const std::string& program, std::size_t publications) {
  const std::string command = fmt::format("'{}' {}", program, publications);
  std::FILE* const turn = popen(command.c_str(), "r");
  double result_ns = 0;
  const bool read = turn != nullptr && std::fscanf(turn, "%lf", &result_ns) == 1;
  if (turn != nullptr && pclose(turn) == 0 && read) return result_ns;
  fmt::print(stderr, "{} gave no number\n", program);
  std::exit(1);
}

void print(const char* condition, std::vector<double> turns_ns) {
  const auto median = turns_ns.begin() + static_cast<std::ptrdiff_t>(turns_ns.size() / 2);
  std::nth_element(turns_ns.begin(), median, turns_ns.end());
  print_row(
      {.id = "P5",
       .condition = condition,
       .kind = "ours",
       .name = "Mycelium",
       .value = 1e3 / *median,
       .unit = "M deliveries/s",
       .mode = "none",
       .pinning = "cpu 0",
       .bounded = true,
       .note = fmt::format("called on the publisher's thread; median of {} processes, by turns "
                           "with the other",
                           turns_ns.size())});
}

void measure(const std::string& folder, std::size_t publications) {
  std::vector<double> alone_ns;
  std::vector<double> beside_actors_ns;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    alone_ns.push_back(turn_ns(folder + "/sinks_alone", publications));
    beside_actors_ns.push_back(turn_ns(folder + "/sinks_beside_actors", publications));
  }
  print("sinks", std::move(alone_ns));
  print("sinks_beside_actors", std::move(beside_actors_ns));
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P5")) return 0;
  measure(std::filesystem::canonical("/proc/self/exe").parent_path().string(),
          options.sized(250'000));
}
