#include "providers/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace providers {
namespace {

constexpr std::array<std::string_view, 4> kStepNames{"runs", "connected", "first_message", "lost"};

// The next word of `rest`, which goes on behind it.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

template <typename Number>
bool read_number(std::string_view word, Number& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size();
}

}  // namespace

std::string line_of(const Note& note) {
  return fmt::format("{} {} {} {}", kStepNames[static_cast<std::size_t>(note.step)],
                     note.at.time_since_epoch().count(), note.sequence, note.why);
}

mycelium::Result<Note> read_note(std::string_view line) {
  std::string_view rest = line;
  Note note;
  const auto* const name = std::ranges::find(kStepNames, take_word(rest));
  std::int64_t at_ns = 0;
  if (name == kStepNames.end() || !read_number(take_word(rest), at_ns) ||
      !read_number(take_word(rest), note.sequence))
    return mycelium::fail("bad_note", fmt::format("\"{}\" is no line of a timeline", line));
  note.step = static_cast<Step>(name - kStepNames.begin());
  note.at = mycelium::Instant{std::chrono::nanoseconds{at_ns}};
  note.why = rest;
  return note;
}

void Timeline::add(Note note) {
  if (listener_) listener_(note);
  const std::scoped_lock lock{mutex_};
  notes_.push_back(std::move(note));
}

std::vector<Note> Timeline::notes() const {
  const std::scoped_lock lock{mutex_};
  return notes_;
}

std::size_t Timeline::count(Step step) const {
  const std::scoped_lock lock{mutex_};
  return static_cast<std::size_t>(std::ranges::count(notes_, step, &Note::step));
}

std::vector<Outage> outages_of(std::span<const Note> notes) {
  std::vector<Outage> outages;
  bool is_out = false;
  for (const Note& note : notes) {
    if (note.step == Step::lost) {
      if (std::exchange(is_out, true)) {
        ++outages.back().failures;
      } else {
        outages.push_back({.noticed = note.at, .sequence = note.sequence, .why = note.why});
      }
      continue;
    }
    if (!is_out) continue;
    Outage& outage = outages.back();
    if (note.step == Step::runs && !outage.runs) outage.runs = note.at;
    if (note.step == Step::connected) outage.connected = note.at;
    if (note.step != Step::first_message) continue;
    outage.recovered = note.at;
    outage.missed = note.sequence - outage.sequence;
    is_out = false;
  }
  return outages;
}

}  // namespace providers
