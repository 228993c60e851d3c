#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "mycelium/protocol/frame.hpp"

namespace mycelium {

/// What a parser expects of a link.
struct FrameOptions {
  std::size_t frame_bytes_max = 1 << 20;  ///< With its zeros; a socket buffer's worth.
  bool checked = false;                   ///< Every frame must carry a CRC-32C that is right.
};

/// Finds the frames in a stream of bytes that comes in pieces of any size.
///
///     while (const std::size_t count = read(socket, parser.room())) {
///       parser.commit(count);
///       while (true) {
///         Result<std::optional<Frame>> next = parser.next();
///         if (!next) { close(next.error()); return; }   // or go on, when `can_resume`
///         if (!*next) break;                            // more bytes are needed
///         handle(**next);
///       }
///     }
///
/// A header cannot be told from other bytes, so after a fault nothing says where the next frame
/// begins, and the parser is at its end. Where frames are checked it looks, at each multiple of 16
/// from the faulty one, for a frame whose CRC is right, and goes on there.
///
/// Thread-safety: none. Memory: two frames of the largest size, at construction. Errors, each a
/// sentence with the place in the stream: `frame_too_small`, `frame_too_large`, `bad_kind`,
/// `bad_flags`, `bad_extension`, `bad_padding`, `no_checksum`, `bad_checksum`, `truncated`.
class FrameParser {
 public:
  explicit FrameParser(const FrameOptions& options = {});

  /// Where the next bytes go. Empty only while `next` has frames to give, or after the end. Frames
  /// that were given end here.
  [[nodiscard]] std::span<std::byte> room() noexcept;
  /// So many bytes were written to `room()`.
  void commit(std::size_t count) noexcept;
  /// Takes from `bytes` what there is room for, and returns how many.
  std::size_t feed(std::span<const std::byte> bytes) noexcept;

  /// The next frame; nothing: more bytes are needed; a fault. A frame's payload lives until the
  /// next `room` or `feed`.
  [[nodiscard]] Result<std::optional<Frame>> next();

  /// Whether `next` may be called again after its fault.
  [[nodiscard]] bool can_resume() const noexcept { return !ended_; }
  /// The stream has ended. Errors: `truncated` when that is within a frame.
  [[nodiscard]] Result<void> finish() const;

  /// Bytes passed over in search of the next frame.
  [[nodiscard]] std::uint64_t skipped_bytes() const noexcept { return skipped_; }
  [[nodiscard]] std::uint64_t faults() const noexcept { return faults_; }

 private:
  enum class Fault : std::uint8_t;
  struct Looked;
  struct Block {
    alignas(kFrameAlignment) std::byte bytes[kFrameAlignment];
  };

  [[nodiscard]] Looked look() const;
  [[nodiscard]] Fault check_header(const FrameHeader& header) const noexcept;
  [[nodiscard]] static Fault read_extension(std::span<const std::byte> items, Frame& frame,
                                            std::size_t& crc_at);
  [[nodiscard]] bool resynchronise();
  [[nodiscard]] std::unexpected<Error> refuse(const Looked& looked);
  [[nodiscard]] std::byte* memory() const noexcept { return memory_[0].bytes; }
  [[nodiscard]] std::size_t available() const noexcept { return end_ - begin_; }

  FrameOptions options_;
  std::size_t capacity_;
  std::unique_ptr<Block[]> memory_;
  std::size_t begin_ = 0;  ///< Of what is not parsed yet; a multiple of 16.
  std::size_t end_ = 0;
  std::uint64_t position_ = 0;  ///< Of `begin_` in the stream.
  std::uint64_t skipped_ = 0;
  std::uint64_t faults_ = 0;
  std::size_t search_left_ = 0;  ///< Bytes that may still be checked in this search.
  bool searching_ = false;
  bool ended_ = false;
};

}  // namespace mycelium
