#include "mycelium/protocol/message_text.hpp"

#include <cstddef>

namespace mycelium::detail {
namespace {

// How many bytes of UTF-8 begin at `at`; 0: what stands there is none (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const auto follows = [&](std::size_t offset, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(at + offset) >= low && byte(at + offset) <= high;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first == 0xE0) return follows(1, 0xA0) && follows(2) ? 3 : 0;
  if (first == 0xED) return follows(1, 0x80, 0x9F) && follows(2) ? 3 : 0;
  if (first >= 0xE1 && first <= 0xEF) return follows(1) && follows(2) ? 3 : 0;
  if (first == 0xF0) return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0;
  if (first >= 0xF1 && first <= 0xF3) return follows(1) && follows(2) && follows(3) ? 4 : 0;
  if (first == 0xF4) return follows(1, 0x80, 0x8F) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const char letter = text[at];
    if (length == 0) {
      out += "\\ufffd";
    } else if (length == 1 && (letter == '"' || letter == '\\')) {
      out += '\\';
      out += letter;
    } else if (length == 1 && letter == '\n') {
      out += "\\n";
    } else if (length == 1 && (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(letter));
    } else {
      out += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
  out += '"';
}

}  // namespace mycelium::detail
