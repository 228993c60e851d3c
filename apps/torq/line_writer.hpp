#pragma once

#include <string>
#include <string_view>

#include "adapters/torq/stream_reader.hpp"

namespace torq::command {

/// Prints the events of a stream on standard output, one line of JSON each. Thread-safety: none.
class LineWriter {
 public:
  template <typename Event>
  void operator()(const Event& event) {
    if constexpr (std::is_same_v<Event, StreamFault>) has_fault_ = true;
    add(event);
    if (lines_.size() > kFlushBytes) flush();
  }
  void add_line(std::string_view line) { (lines_ += line) += '\n'; }
  /// Writes what has been gathered.
  void flush();
  /// Nobody reads any more, or nothing can be written: there is no use in going on.
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
  /// Flushes, and says how the command ends.
  [[nodiscard]] int finish();

 private:
  static constexpr std::size_t kFlushBytes = 64 * 1024;
  void add(const StreamMessage& message);
  void add(const StreamFault& fault);

  std::string lines_;
  bool has_fault_ = false;
  bool is_closed_ = false;
  bool has_failed_ = false;
};

}  // namespace torq::command
