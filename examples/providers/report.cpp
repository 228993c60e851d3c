#include "providers/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>

namespace providers {
namespace {

using std::chrono::nanoseconds;

// With its thousands separated, as people read it.
std::string grouped(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t left = digits.size(); left > 0; --left) {
    const char digit = digits[digits.size() - left];
    text += digit;
    if (left % 3 == 1 && left > 1 && digit != '-') text += ',';
  }
  return text;
}

std::string micros(nanoseconds time) {
  return grouped(std::chrono::round<std::chrono::microseconds>(time).count()) + " us";
}

void add_step(std::string& text, const Outage& outage, std::optional<mycelium::Instant> at,
              std::string_view what) {
  const std::string time = at ? micros(*at - outage.noticed) : "never";
  fmt::format_to(std::back_inserter(text), "  {:>14}  {}\n", time, what);
}

std::string text_of_outage(std::string_view name, const Outage& outage) {
  std::string text =
      outage.sequence == 0
          ? fmt::format("  {}, before its first frame: {}\n", name, outage.why)
          : fmt::format("  {}, behind frame {}: {}\n", name, outage.sequence, outage.why);
  add_step(text, outage, outage.noticed, "failure noticed");
  add_step(text, outage, outage.runs, "the new incarnation runs");
  if (outage.failures > 1)
    fmt::format_to(std::back_inserter(text), "  {:>14}  and failed {} times\n", "",
                   outage.failures - 1);
  add_step(text, outage, outage.connected, "connected");
  add_step(text, outage, outage.recovered,
           fmt::format("first message; {} frames missed", outage.missed));
  return text;
}

void add_ratio(std::string& text, std::string_view what, nanoseconds actor, nanoseconds process) {
  const double ratio = static_cast<double>(process.count()) /
                       static_cast<double>(std::max<std::int64_t>(actor.count(), 1));
  fmt::format_to(std::back_inserter(text), "  {:<40} {:>12} {:>14} {:>8.1f}\n", what, micros(actor),
                 micros(process), ratio);
}

/// Of all outages of one kind of run.
struct Figures {
  std::vector<nanoseconds> to_run{};
  std::vector<nanoseconds> to_recover{};
  std::uint64_t missed = 0;

  /// Requires: it is whole.
  void add(const Outage& outage) {
    to_run.push_back(*outage.runs - outage.noticed);
    to_recover.push_back(*outage.recovered - outage.noticed);
    missed += outage.missed;
  }
};

bool is_whole(const Outage& outage) { return outage.runs && outage.recovered; }

// Of two in the middle the greater. Requires: there is one.
nanoseconds median(std::vector<nanoseconds> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

}  // namespace

std::string text_of_run(std::string_view title, const RunResult& run) {
  std::string text =
      fmt::format("{:<28} {:>8} {:>8} {:>6} {:>8}\n", title, "frames", "missed", "gaps", "outages");
  std::string outages;
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    const ProviderResult& provider = run.providers[index];
    fmt::format_to(std::back_inserter(text), "  {:<26} {:>8} {:>8} {:>6} {:>8}\n",
                   kProviders[index], provider.received, provider.missed, provider.gaps,
                   provider.outages.size());
    for (const Outage& outage : provider.outages)
      outages += text_of_outage(kProviders[index], outage);
  }
  return text + outages;
}

std::string text_of_comparison(const RunResult& actors, const RunResult& processes) {
  Figures actor;
  Figures process;
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    const auto& as_actor = actors.providers[index].outages;
    const auto& as_process = processes.providers[index].outages;
    for (std::size_t at = 0; at < std::min(as_actor.size(), as_process.size()); ++at) {
      if (!is_whole(as_actor[at]) || !is_whole(as_process[at])) continue;
      actor.add(as_actor[at]);
      process.add(as_process[at]);
    }
  }
  if (actor.to_run.empty()) return {};
  std::string text = fmt::format("{:<42} {:>12} {:>14} {:>8}\n",
                                 fmt::format("median of outages: {}", actor.to_run.size()), "actor",
                                 "process", "ratio");
  add_ratio(text, "failure noticed -> new incarnation runs", median(actor.to_run),
            median(process.to_run));
  add_ratio(text, "failure noticed -> first message", median(actor.to_recover),
            median(process.to_recover));
  fmt::format_to(std::back_inserter(text), "  {:<40} {:>12} {:>14}\n", "frames missed, in all",
                 actor.missed, process.missed);
  return text;
}

std::vector<std::string> broken_claims(const RunResult& run, const std::vector<VenueFault>& faults,
                                       const std::vector<Interruption>& interruptions) {
  std::vector<std::string> broken;
  if (run.failure) broken.push_back(*run.failure);
  for (std::size_t index = 0; index < kProviders.size(); ++index) {
    const std::string_view name = kProviders[index];
    const ProviderResult& provider = run.providers[index];
    const auto complain = [&](std::string_view what) {
      broken.push_back(fmt::format("{}: {}", name, what));
    };
    const auto hits = std::ranges::count(faults, name, &VenueFault::channel);
    const auto lost = std::ranges::count_if(
        provider.outages, [](const Outage& outage) { return outage.sequence > 0; });
    const bool was_closed = std::ranges::any_of(interruptions, [&](const Interruption& each) {
      return each.closes && each.provider == index;
    });
    if (!provider.total) {
      complain("its data did not come to their end");
      continue;
    }
    if (provider.received + provider.missed != *provider.total)
      complain(fmt::format("{} frames received and {} missed are not the {} that were sent",
                           provider.received, provider.missed, *provider.total));
    if (provider.repeated > 0) complain(fmt::format("{} frames came again", provider.repeated));
    if (std::ranges::any_of(provider.outages, [](const Outage& each) { return !each.recovered; }))
      complain("it has not recovered");
    if (lost < hits) complain(fmt::format("{} faults and only {} outages", hits, lost));
    if (hits == 0 && lost > 0) complain("it failed, although the venue did nothing to it");
    if (hits == 0 && !was_closed && provider.missed > 0)
      complain(
          fmt::format("{} frames missed, although the venue did nothing to it", provider.missed));
  }
  return broken;
}

}  // namespace providers
