#include "adapters/torq/stream_reader.hpp"

#include <algorithm>

#include "mycelium/base/assert.hpp"

namespace torq {
namespace {

// An incomplete message is always shorter than the largest one, so half is always free.
constexpr std::size_t kMemoryBytes = 2 * kAnyMessageBytesMax;

}  // namespace

StreamReader::StreamReader(const ParseOptions& options)
    : options_{options}, memory_{std::make_unique<std::byte[]>(kMemoryBytes)} {}

std::span<std::byte> StreamReader::room() noexcept {
  if (read_ > 0 && (read_ == written_ || kMemoryBytes - written_ < kAnyMessageBytesMax)) {
    std::memmove(memory_.get(), memory_.get() + read_, written_ - read_);
    written_ -= read_;
    read_ = 0;
  }
  return {memory_.get() + written_, kMemoryBytes - written_};
}

void StreamReader::commit(std::size_t bytes) noexcept {
  MYCELIUM_ASSERT(bytes <= kMemoryBytes - written_, "no more than there was room for");
  written_ += bytes;
}

void StreamReader::skip(std::size_t bytes) noexcept {
  read_ += bytes;
  offset_ += bytes;
}

bool StreamReader::find_magic() noexcept {
  const Bytes bytes = waiting();
  const auto found = std::ranges::search(bytes, kMagicBytes);
  std::size_t count = static_cast<std::size_t>(found.begin() - bytes.begin());
  // The last bytes may be the beginning of a magic.
  if (found.empty() && !finished_)
    count = bytes.size() - std::min(bytes.size(), kMagicBytes.size() - 1);
  fault_.skipped += count;
  counts_.skipped_bytes += count;
  skip(count);
  return !found.empty() || finished_;
}

StreamReader::Event StreamReader::next() noexcept {
  if (searching_) {
    if (!find_magic()) return {};
    searching_ = false;
    return fault_;
  }
  const Bytes bytes = waiting();
  if (bytes.empty()) return {};
  const auto message = parse_message(bytes, options_);
  if (message) {
    const StreamMessage event{offset_, *message};
    ++counts_.messages;
    counts_.unknown_tlvs += message->unknown_tlvs;
    skip(message->bytes.size());
    return event;
  }
  if (needs_more(message.error())) return {};
  ++counts_.faults[static_cast<std::size_t>(message.error().code)];
  fault_ = {offset_, message.error(), 1};
  ++counts_.skipped_bytes;
  skip(1);
  searching_ = true;
  return next();
}

}  // namespace torq
