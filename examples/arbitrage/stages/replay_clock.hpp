#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "arbitrage/messages.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/base/result.hpp"
#include "mycelium/config/setting_spec.hpp"
#include "mycelium/config/settings.hpp"

namespace arbitrage {

/// How recorded time passes.
struct ReplayClockOptions {
  std::int64_t start_ns = 0;  ///< The first time of the recording.
  std::uint32_t speed = 0;    ///< Recorded seconds in a second; 0: as fast as the machine goes.
  /// Feeds run ahead of the last stage by this much recorded time at most, which bounds every
  /// buffer between.
  std::chrono::nanoseconds ahead = std::chrono::milliseconds{200};
  /// Recorded time is granted in steps of this at least (at a speed: of this much wall time).
  std::chrono::nanoseconds window = std::chrono::milliseconds{20};
  std::function<void(mycelium::Instant now)>
      on_end;  ///< Told when the last stage has seen the end; may be empty.

  [[nodiscard]] static std::vector<mycelium::SettingSpec> specs();
  /// `ahead` and `window` from the topology. Errors: `setting_invalid`.
  [[nodiscard]] static mycelium::Result<ReplayClockOptions> from(
      const mycelium::Settings& settings);
};

/// Grants all feeds the next stretch of recorded time, once the last stage has caught up, and ends
/// the system when the last stage has seen the end of every recording.
class ReplayClock {
 public:
  using Handles = mycelium::Messages<Watermark, Tick>;

  /// `progress` is the topic on which the last stage says how far it is.
  ReplayClock(ReplayClockOptions options, std::string progress, mycelium::Publisher<Grant> grants);

  void on_start(mycelium::Context& context);
  void handle(const Watermark& progress, mycelium::Context& context);
  void handle(const Tick&, mycelium::Context& context);

 private:
  [[nodiscard]] std::int64_t target(mycelium::Instant now) const;
  void grant(mycelium::Context& context);

  const ReplayClockOptions options_;
  const std::string progress_topic_;
  mycelium::Publisher<Grant> grants_;
  mycelium::Instant started_{};
  std::int64_t progress_ns_;  // The last stage has seen everything up to here.
  std::int64_t granted_ns_;
};

}  // namespace arbitrage
