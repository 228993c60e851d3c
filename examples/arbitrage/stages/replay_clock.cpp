#include "arbitrage/stages/replay_clock.hpp"

#include <algorithm>
#include <utility>

#include "arbitrage/stages/topics.hpp"

namespace arbitrage {
namespace {

constexpr std::chrono::milliseconds kTick{1};

std::int64_t add_saturated(std::int64_t left, std::int64_t right) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(left, right, &sum) ? INT64_MAX : sum;
}

}  // namespace

std::vector<mycelium::SettingSpec> ReplayClockOptions::specs() {
  using mycelium::SettingKind;
  return {{.key = "ahead",
           .kind = SettingKind::duration,
           .help = "recorded time that feeds may run ahead"},
          {.key = "window",
           .kind = SettingKind::duration,
           .help = "recorded time granted in one step"}};
}

mycelium::Result<ReplayClockOptions> ReplayClockOptions::from(const mycelium::Settings& settings) {
  ReplayClockOptions options;
  const auto ahead = settings.get_duration("ahead", options.ahead);
  if (!ahead) return std::unexpected{ahead.error()};
  const auto window = settings.get_duration("window", options.window);
  if (!window) return std::unexpected{window.error()};
  options.ahead = *ahead;
  options.window = *window;
  return options;
}

ReplayClock::ReplayClock(ReplayClockOptions options, std::string progress,
                         mycelium::Publisher<Grant> grants)
    : options_{std::move(options)},
      progress_topic_{std::move(progress)},
      grants_{grants},
      progress_ns_{options_.start_ns},
      granted_ns_{options_.start_ns} {}

void ReplayClock::on_start(mycelium::Context& context) {
  context.subscribe<Watermark>(progress_topic_, kLosesNothing);
  started_ = context.now();
  grant(context);
  context.after(kTick, Tick{});
}

void ReplayClock::handle(const Watermark& progress, mycelium::Context& context) {
  if (progress.upto == EventTime::end()) {
    if (options_.on_end) options_.on_end(context.clock().monotonic());
    return context.stop_system();
  }
  progress_ns_ = std::max(progress_ns_, progress.upto.time_ns);
  if (options_.speed == 0) grant(context);
}

void ReplayClock::handle(const Tick&, mycelium::Context& context) {
  grant(context);
  context.after(kTick, Tick{});
}

std::int64_t ReplayClock::target(mycelium::Instant now) const {
  const std::int64_t furthest = add_saturated(progress_ns_, options_.ahead.count());
  if (options_.speed == 0) return furthest;
  const std::int64_t elapsed = (now - started_).count() * options_.speed;
  // At a speed the wall clock leads, but feeds still stay within reach of the last stage.
  return std::min(options_.start_ns + elapsed,
                  add_saturated(furthest, options_.window.count() * options_.speed));
}

void ReplayClock::grant(mycelium::Context& context) {
  const std::int64_t until = target(context.now());
  const std::int64_t step = options_.speed == 0 ? options_.window.count() : 1;
  if (until < add_saturated(granted_ns_, step)) return;
  if (grants_.publish(Grant{until}).full > 0) return;  // The next tick tries again.
  granted_ns_ = until;
}

}  // namespace arbitrage
