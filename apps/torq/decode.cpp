#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

#include "adapters/torq/relay/unix_socket.hpp"
#include "apps/torq/commands.hpp"
#include "apps/torq/line_writer.hpp"

namespace torq::command {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;

/// Bytes out of hexadecimal digits that come in any pieces; white space is ignored.
class HexReader {
 public:
  /// Appends what is complete to `bytes`; false at what is neither a digit nor white space.
  bool add(std::string_view text, std::vector<std::byte>& bytes) {
    for (const char c : text) {
      ++position_;
      if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
      const int digit = digit_of(c);
      if (digit < 0) return false;
      if (high_) {
        bytes.push_back(static_cast<std::byte>(*high_ * 16 + digit));
        high_.reset();
      } else {
        high_ = digit;
      }
    }
    return true;
  }
  [[nodiscard]] bool has_half_a_byte() const noexcept { return high_.has_value(); }
  /// Characters so far.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

 private:
  static int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }
  std::optional<int> high_;
  std::uint64_t position_ = 0;
};

/// One run of `torq decode`.
class Decoder {
 public:
  explicit Decoder(const Decode& command) : command_{command}, reader_{command.parse} {}

  int run(int input) {
    std::array<char, kReadBytes> memory;
    while (!writer_.is_closed()) {
      const ssize_t count = ::read(input, memory.data(), memory.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail(std::generic_category().message(errno), kUsage);
      if (count == 0) break;
      const std::string_view text{memory.data(), static_cast<std::size_t>(count)};
      if (!command_.is_hex) {
        reader_.feed(std::as_bytes(std::span{text}), writer_);
      } else if (!take_hex(text)) {
        return fail(fmt::format("character {} is no hexadecimal digit", hex_.position()), kFaulty);
      }
      writer_.flush();  // What comes out of a pipe slowly is shown as it comes.
    }
    if (writer_.is_closed()) return writer_.finish();
    if (hex_.has_half_a_byte()) return fail("an odd number of hexadecimal digits", kFaulty);
    reader_.finish(writer_);
    return writer_.finish();
  }

 private:
  bool take_hex(std::string_view text) {
    bytes_.clear();
    const bool is_good = hex_.add(text, bytes_);
    reader_.feed(bytes_, writer_);
    return is_good;
  }

  // What has been read until then is told all the same.
  int fail(const std::string& sentence, int status) {
    reader_.finish(writer_);
    writer_.flush();
    complain(
        fmt::format("{}: {}", command_.file == "-" ? "standard input" : command_.file, sentence));
    return status;
  }

  const Decode& command_;
  StreamReader reader_;
  LineWriter writer_;
  HexReader hex_;
  std::vector<std::byte> bytes_;
};

}  // namespace

int run(const Decode& command) {
  Descriptor opened;
  if (command.file != "-") {
    opened = Descriptor{::open(command.file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!opened.is_open()) {
      complain(
          fmt::format("cannot open {}: {}", command.file, std::generic_category().message(errno)));
      return kUsage;
    }
  }
  return Decoder{command}.run(opened.is_open() ? opened.number() : STDIN_FILENO);
}

}  // namespace torq::command
