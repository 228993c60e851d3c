#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace mycelium::wire_test {

/// Bytes as hexadecimal digits, 32 bytes a line.
inline std::string hex_of(std::span<const std::byte> bytes, std::string_view line_end = "\n") {
  std::string text;
  for (std::size_t index = 0; index < bytes.size(); ++index) {
    if (index > 0 && index % 32 == 0) text += line_end;
    text += fmt::format("{:02x}", static_cast<unsigned>(bytes[index]));
  }
  return text;
}

/// Compares `text` with the file `name` of this folder. With MYCELIUM_WRITE_RECORDED the file is
/// written instead: for a new case only. What is recorded is what other processes send; it does not
/// change.
inline void expect_recorded(const std::string& name, const std::string& text) {
  const std::string path = std::string{MYCELIUM_SOURCE_DIR} + "/tests/wire/" + name;
  if (std::getenv("MYCELIUM_WRITE_RECORDED") != nullptr) {
    std::ofstream{path, std::ios::binary} << text;
    return;
  }
  std::ifstream file{path, std::ios::binary};
  const std::string recorded{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_EQ(recorded, text) << "the wire of version 1 has changed: " << path;
}

}  // namespace mycelium::wire_test
