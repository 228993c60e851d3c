#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/result.hpp"

namespace providers {

/// What one WebSocket message of the venue is.
enum class FrameKind : std::uint8_t {
  snapshot,  ///< The first on each connection: the whole book behind frame `sequence`.
  update,    ///< Frame `sequence`; they count from 1.
  end,       ///< Frame `sequence` was the last.
};

/// One WebSocket message of the venue: a frame of the simulated market, numbered.
///
///     message = kind ' ' sequence ' ' time [ ' ' json ]
///     kind    = 'S' | 'F' | 'E'        snapshot, update, end; only the end has no JSON
///     time    = venue time, ns since the epoch; both numbers in decimal
struct FeedFrame {
  FrameKind kind = FrameKind::update;
  std::uint64_t sequence = 0;
  std::int64_t time_ns = 0;
  std::string_view json{};  ///< Of the text that was read.
};

[[nodiscard]] std::string text_of_frame(const FeedFrame& frame);

/// Errors: `bad_frame`, with what was expected. The JSON is not looked into.
[[nodiscard]] mycelium::Result<FeedFrame> read_frame(std::string_view text);

}  // namespace providers
