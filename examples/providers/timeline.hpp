#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/base/clock.hpp"
#include "mycelium/base/result.hpp"

namespace providers {

/// What happens to a provider.
enum class Step : std::uint8_t {
  runs,           ///< An incarnation has begun.
  connected,      ///< The WebSocket handshake is done.
  first_message,  ///< The first message of this connection has been handled.
  lost,           ///< A failure was noticed.
};

/// One line of a provider's timeline. Monotonic time is the machine's, so notes of several
/// processes can be compared.
struct Note {
  Step step = Step::runs;
  mycelium::Instant at{};
  std::uint64_t sequence = 0;  ///< Of the last frame that the provider had handled.
  std::string why{};           ///< Of `lost`.
};

/// A note as one line, without its end: `lost 123456789 17 End of file`.
[[nodiscard]] std::string line_of(const Note& note);
/// Errors: `bad_note`.
[[nodiscard]] mycelium::Result<Note> read_note(std::string_view line);

/// What has happened to one provider, over all its incarnations. Thread-safety: any thread. Memory:
/// one note for each step, so a few for each failure.
class Timeline {
 public:
  using Listener = std::function<void(const Note&)>;

  Timeline() = default;
  /// `listener` is called for each note, on the thread that makes it.
  explicit Timeline(Listener listener) : listener_{std::move(listener)} {}

  void add(Note note);
  [[nodiscard]] std::vector<Note> notes() const;
  /// How many notes of this kind there are.
  [[nodiscard]] std::size_t count(Step step) const;

 private:
  const Listener listener_;
  mutable std::mutex mutex_;
  std::vector<Note> notes_;  // Guarded by mutex_.
};

/// From the moment at which a failure was noticed to the first message after it.
struct Outage {
  mycelium::Instant noticed{};
  std::optional<mycelium::Instant> runs{};  ///< The next incarnation.
  std::optional<mycelium::Instant> connected{};
  std::optional<mycelium::Instant> recovered{};  ///< The first message.
  std::uint64_t sequence = 0;                    ///< Of the last frame before it; 0: none yet.
  std::uint64_t missed = 0;                      ///< Frames that came nowhere.
  std::uint32_t failures = 1;                    ///< The first, and attempts that failed.
  std::string why{};
};

/// The outages of a provider's notes, in order. The last one may have no end.
[[nodiscard]] std::vector<Outage> outages_of(std::span<const Note> notes);

}  // namespace providers
