#include "mycelium/config/diagnostic.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace mycelium {
namespace {

constexpr std::size_t kQuotedBytesMax = 128;  // The longest valid name stays whole.

bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::string format(const Diagnostic& diagnostic, std::string_view source) {
  std::string line{source};
  if (diagnostic.at.line > 0) {
    line +=
        fmt::format("{}{}:{}", line.empty() ? "" : ":", diagnostic.at.line, diagnostic.at.column);
  }
  if (!line.empty()) line += ": ";
  if (!diagnostic.key.empty()) line += diagnostic.key + ": ";
  return line + diagnostic.message;
}

std::string format(std::span<const Diagnostic> diagnostics, std::string_view source) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics) lines += format(diagnostic, source) + "\n";
  return lines;
}

std::string quote(std::string_view text) {
  std::size_t bytes = text.size();
  if (bytes > kQuotedBytesMax) {
    bytes = kQuotedBytesMax;
    while (bytes > 0 && continues_code_point(text[bytes])) --bytes;
  }
  std::string result = "\"";
  for (const char character : text.substr(0, bytes)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20U || byte == 0x7FU) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += character;
    }
  }
  return result + (bytes < text.size() ? "...\"" : "\"");
}

}  // namespace mycelium
