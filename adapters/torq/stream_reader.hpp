#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "adapters/torq/message.hpp"

namespace torq {

/// A valid message of a stream. The view holds until `room` or `feed` is called.
struct StreamMessage {
  std::uint64_t offset;  ///< Bytes of the stream before it.
  MessageView message;
};

/// A fault of a stream, told when the next message's start, or the end, has been found.
struct StreamFault {
  std::uint64_t offset;  ///< Bytes of the stream before it.
  Fault fault;
  std::uint64_t skipped;  ///< Bytes from there that belong to no message.
};

/// What a reader has seen so far.
struct StreamCounts {
  std::uint64_t messages = 0;
  std::array<std::uint64_t, kFaultCodes> faults{};  ///< By `FaultCode`.
  std::uint64_t skipped_bytes = 0;
  std::uint64_t unknown_tlvs = 0;
};

/// Finds the messages in a stream of bytes that arrive in any pieces.
///
/// There is no length prefix: a message ends where its header says. After a fault the reader goes
/// on at the next magic, looking from one byte behind the faulty message's start, so that a message
/// whose length was damaged swallows nothing valid. What it skips is counted. What comes out does
/// not depend on how the bytes were cut.
///
///     reader.feed(received, [&](const auto& event) { ... });    // StreamMessage or StreamFault
///
/// or, to receive into its memory: `recv` into `room()`, `commit`, then `next` until it has
/// nothing.
///
/// Thread-safety: none. Memory: 128 KiB at construction, then none.
class StreamReader {
 public:
  using Event = std::variant<std::monostate, StreamMessage, StreamFault>;

  explicit StreamReader(const ParseOptions& options = {});

  /// Where the next bytes may be put: 64 KiB or more. Requires: `next` had nothing.
  [[nodiscard]] std::span<std::byte> room() noexcept;
  /// So many bytes have been put there.
  void commit(std::size_t bytes) noexcept;
  /// The next message or fault; `monostate`: more bytes are needed, or, after `finish`, that was
  /// all.
  [[nodiscard]] Event next() noexcept;
  /// No more bytes come: what is incomplete is told as `truncated`, and searched for messages.
  void finish() noexcept { finished_ = true; }

  /// The same for bytes that lie elsewhere: `take(StreamMessage)` or `take(StreamFault)` for each.
  template <typename Take>
  void feed(Bytes bytes, Take&& take) {
    while (!bytes.empty()) {
      const std::span<std::byte> to = room();
      const std::size_t count = to.size() < bytes.size() ? to.size() : bytes.size();
      std::memcpy(to.data(), bytes.data(), count);
      commit(count);
      bytes = bytes.subspan(count);
      drain(take);
    }
  }
  template <typename Take>
  void finish(Take&& take) {
    finish();
    drain(take);
  }

  [[nodiscard]] const StreamCounts& counts() const noexcept { return counts_; }

 private:
  template <typename Take>
  void drain(Take& take) {
    while (true) {
      const Event event = next();
      if (const auto* message = std::get_if<StreamMessage>(&event)) {
        take(*message);
      } else if (const auto* fault = std::get_if<StreamFault>(&event)) {
        take(*fault);
      } else {
        return;
      }
    }
  }

  [[nodiscard]] Bytes waiting() const noexcept {
    return Bytes{memory_.get() + read_, written_ - read_};
  }
  void skip(std::size_t bytes) noexcept;
  // Whether the next message's start, or the end of all, has been found.
  [[nodiscard]] bool find_magic() noexcept;
  [[nodiscard]] bool needs_more(const Fault& fault) const noexcept {
    return fault.code == FaultCode::truncated && !finished_;
  }

  const ParseOptions options_;
  const std::unique_ptr<std::byte[]> memory_;
  std::size_t read_ = 0;      // Bytes of the memory that have been used up.
  std::size_t written_ = 0;   // Bytes of the memory that have been put there.
  std::uint64_t offset_ = 0;  // Of the byte at read_, in the stream.
  bool finished_ = false;
  bool searching_ = false;  // fault_ has happened, and the next magic is not found yet.
  StreamFault fault_{};
  StreamCounts counts_;
};

}  // namespace torq
