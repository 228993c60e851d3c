#include "providers/process_run.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/child_process.hpp"

namespace providers {
namespace {

/// One provider: its process, and what that has written.
class Line {
 public:
  Line(std::uint32_t provider, const RunOptions& options)
      : provider_{provider},
        restarts_left_{options.restarts_max},
        arguments_{"provide",
                   "--provider",
                   std::to_string(provider),
                   "--port",
                   std::to_string(options.port),
                   "--silence",
                   fmt::format("{}ns", options.silence_max.count())} {}

  [[nodiscard]] bool runs() const noexcept { return child_.has_value(); }
  [[nodiscard]] int output() const noexcept { return child_ ? child_->output() : -1; }

  [[nodiscard]] std::optional<std::string> start() {
    auto child = ChildProcess::start(arguments_);
    if (!child) return child.error().message;
    child_.emplace(std::move(*child));
    return std::nullopt;
  }

  /// Takes what has been written. When the process has ended, starts the next one, if there is to
  /// be one; returns why there cannot be one.
  [[nodiscard]] std::optional<std::string> take() {
    std::array<char, 4096> memory;
    const ssize_t count = ::read(child_->output(), memory.data(), memory.size());
    if (count > 0) {
      add({memory.data(), static_cast<std::size_t>(count)});
      return std::nullopt;
    }
    if (count < 0 && errno == EINTR) return std::nullopt;
    const int status = child_->wait();
    child_.reset();
    if (status == 0) return std::nullopt;
    spdlog::warn("the process of {} ended with status {}", kProviders[provider_], status);
    if (restarts_left_ == 0)
      return fmt::format("the process of {} failed too often", kProviders[provider_]);
    --restarts_left_;
    return start();
  }

  [[nodiscard]] ProviderResult result() const {
    ProviderResult result = counts_;
    result.outages = outages_of(notes_);
    // What a process had received is gone with it: its notes tell.
    std::uint64_t first = 0;
    for (const Note& note : notes_) {
      if (note.step == Step::first_message) first = note.sequence;
      if (note.step == Step::lost && note.sequence > 0) result.received += note.sequence - first;
    }
    for (const Outage& outage : result.outages) {
      result.missed += outage.missed;
      if (outage.missed > 0) ++result.gaps;
    }
    return result;
  }

 private:
  void add(std::string_view written) {
    rest_ += written;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
      add_line(rest_.substr(0, end));
      rest_.erase(0, end + 1);
    }
  }
  void add_line(const std::string& line) {
    std::uint64_t total = 0;
    ProviderResult counts;
    if (std::sscanf(line.c_str(), "counts %lu %lu %lu %lu %lu", &counts.received, &counts.missed,
                    &counts.gaps, &counts.repeated, &total) == 5) {
      counts.total = total;
      counts_ = counts;
    } else if (auto note = read_note(line)) {
      notes_.push_back(std::move(*note));
    } else {
      spdlog::warn("the process of {}: {}", kProviders[provider_], note.error().message);
    }
  }

  const std::uint32_t provider_;
  std::uint32_t restarts_left_;
  const std::vector<std::string> arguments_;
  std::optional<ChildProcess> child_;
  std::string rest_;  // The beginning of a line.
  std::vector<Note> notes_;
  ProviderResult counts_;  // Of the last process.
};

}  // namespace

RunResult run_processes(const RunOptions& options, const StopSignal& stop) {
  RunResult result;
  std::vector<Line> lines;
  for (std::uint32_t index = 0; index < kProviders.size(); ++index) {
    lines.emplace_back(index, options);
    if (!result.failure) result.failure = lines.back().start();
  }
  std::array<pollfd, kProviders.size() + 1> waits{};
  waits.back() = {stop.descriptor(), POLLIN, 0};
  while (!result.failure && !stop.is_raised()) {
    bool any_runs = false;
    for (std::size_t index = 0; index < lines.size(); ++index) {
      waits[index] = {lines[index].output(), POLLIN, 0};  // One below 0 is passed over.
      any_runs = any_runs || lines[index].runs();
    }
    if (!any_runs) break;
    if (::poll(waits.data(), waits.size(), -1) < 0) continue;  // A signal.
    for (std::size_t index = 0; index < lines.size() && !stop.is_raised(); ++index) {
      if (waits[index].revents != 0 && !result.failure) result.failure = lines[index].take();
    }
  }
  for (std::size_t index = 0; index < lines.size(); ++index)
    result.providers[index] = lines[index].result();
  return result;
}

}  // namespace providers
