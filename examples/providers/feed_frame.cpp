#include "providers/feed_frame.hpp"

#include <fmt/format.h>

#include <charconv>

namespace providers {
namespace {

constexpr std::string_view kKinds = "SFE";

// Takes a number off the front of `rest`, and the space behind it, if there is one.
template <typename Number>
bool take_number(std::string_view& rest, Number& number) {
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{}) return false;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.empty()) return true;
  const bool is_separated = rest.front() == ' ';
  rest.remove_prefix(1);
  return is_separated;
}

}  // namespace

std::string text_of_frame(const FeedFrame& frame) {
  const char kind = kKinds[static_cast<std::size_t>(frame.kind)];
  if (frame.json.empty()) return fmt::format("{} {} {}", kind, frame.sequence, frame.time_ns);
  return fmt::format("{} {} {} {}", kind, frame.sequence, frame.time_ns, frame.json);
}

mycelium::Result<FeedFrame> read_frame(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return mycelium::fail("bad_frame", fmt::format("a frame of the venue begins with its kind, its "
                                                   "sequence number and its time; {} in \"{}\"",
                                                   what, text.substr(0, 60)));
  };
  FeedFrame frame;
  const std::size_t kind = text.empty() ? std::string_view::npos : kKinds.find(text.front());
  if (kind == std::string_view::npos || text.size() < 2 || text[1] != ' ') return refuse("no kind");
  frame.kind = static_cast<FrameKind>(kind);
  std::string_view rest = text.substr(2);
  if (!take_number(rest, frame.sequence)) return refuse("no sequence number");
  if (!take_number(rest, frame.time_ns)) return refuse("no time");
  frame.json = rest;
  if (frame.json.empty() != (frame.kind == FrameKind::end))
    return refuse("JSON missing or too much");
  return frame;
}

}  // namespace providers
