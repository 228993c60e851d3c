#include "apps/torq/line_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "adapters/torq/json.hpp"
#include "apps/torq/commands.hpp"

namespace torq::command {

void complain(std::string_view sentence) noexcept {
  // Where nobody can be told, nothing is to be done about that either.
  std::fprintf(stderr, "torq: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

void LineWriter::add(const StreamMessage& message) {
  append_json(lines_, message);
  lines_ += '\n';
}

void LineWriter::add(const StreamFault& fault) {
  append_json(lines_, fault);
  lines_ += '\n';
}

void LineWriter::flush() {
  std::string_view left = lines_;
  while (!left.empty() && !is_closed_) {
    const ssize_t count = ::write(STDOUT_FILENO, left.data(), left.size());
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      is_closed_ = true;
      if (errno == EPIPE) continue;  // As with `| head`: the reader has what it wanted.
      has_failed_ = true;
      complain(fmt::format("cannot write: {}", std::generic_category().message(errno)));
    }
  }
  lines_.clear();
}

int LineWriter::finish() {
  flush();
  return has_fault_ || has_failed_ ? kFaulty : kClean;
}

}  // namespace torq::command
