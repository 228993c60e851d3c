#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/torq/header.hpp"

namespace torq::command {

/// How the command ends.
inline constexpr int kClean = 0;
inline constexpr int kFaulty = 1;  ///< There was a fault, or something failed on the way.
inline constexpr int kUsage = 2;   ///< Bad command line, a file or a socket that cannot be used.

/// One line for people on standard error, if that can be written.
void complain(std::string_view sentence) noexcept;

struct Decode {
  std::string file = "-";  ///< `-`: standard input.
  bool is_hex = false;
  ParseOptions parse{};
};
/// Prints one line of JSON for each message and fault of a file.
[[nodiscard]] int run(const Decode& command);

struct Tail {
  std::string socket;
  ParseOptions parse{};
};
/// The same of what a relay sends, until it ends.
[[nodiscard]] int run(const Tail& command);

struct Relay {
  std::string socket;
  ParseOptions parse{};
  std::size_t queue_bytes_max = 0;
};
/// Runs a relay until SIGINT or SIGTERM, and prints what it has done as one line of JSON.
[[nodiscard]] int run(const Relay& command);

}  // namespace torq::command
