#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "adapters/torq/json.hpp"
#include "adapters/torq/message_builder.hpp"
#include "adapters/torq/stream_reader.hpp"

// The vectors of tests/torq/vectors.txt, which were made without this codec.
namespace torq {
namespace {

struct Vector {
  std::string name;
  std::vector<std::byte> bytes;
  ParseOptions options;
  bool rebuilds;
  std::vector<std::string> lines;
};

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16)));
  }
  return bytes;
}

ParseOptions parse_options(const std::string& text) {
  ParseOptions options = ParseOptions::with_checksum(ChecksumPolicy::verify);
  if (text == "--checksum off") return ParseOptions::with_checksum(ChecksumPolicy::off);
  if (text == "--checksum required") return ParseOptions::with_checksum(ChecksumPolicy::required);
  if (text == "--domain-base 1") {
    options.domain_base = 1;
  } else {
    ADD_FAILURE() << "unknown options: " << text;
  }
  return options;
}

std::vector<Vector> read_vectors() {
  std::ifstream file{MYCELIUM_SOURCE_DIR "/tests/torq/vectors.txt"};
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    const std::string key = line.substr(0, line.find(' '));
    const std::string value = line.substr(std::min(line.size(), key.size() + 1));
    if (key == "name") {
      vectors.push_back(
          {value, {}, ParseOptions::with_checksum(ChecksumPolicy::verify), false, {}});
    } else if (key == "options") {
      vectors.back().options = parse_options(value);
    } else if (key == "rebuilds") {
      vectors.back().rebuilds = true;
    } else if (key == "hex") {
      vectors.back().bytes = from_hex(value);
    } else if (key == "line") {
      vectors.back().lines.push_back(value);
    }
  }
  return vectors;
}

// As the vectors have it: without the sentence of a fault.
std::string without_detail(std::string line) {
  const std::size_t begin = line.find(R"("detail":)");
  if (begin == std::string::npos) return line;
  return line.erase(begin, line.find(R"(","skipped")") + 2 - begin);
}

std::vector<std::string> lines_of(const Vector& vector, std::size_t piece_bytes) {
  std::vector<std::string> lines;
  StreamReader reader{vector.options};
  const auto take = [&](const auto& event) {
    std::string line;
    append_json(line, event);
    lines.push_back(without_detail(std::move(line)));
  };
  const Bytes bytes{vector.bytes};
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
    reader.feed(bytes.subspan(at, std::min(piece_bytes, bytes.size() - at)), take);
  reader.finish(take);
  return lines;
}

std::vector<std::byte> rebuilt(const MessageView& message) {
  std::array<std::byte, kAnyMessageBytesMax> memory;
  MessageBuilder builder{memory, message.header};
  for (const Tlv& tlv : message.tlvs()) {
    const bool decoded =
        tlv.visit([&](const auto& payload) { EXPECT_FALSE(builder.add(payload)); });
    if (!decoded) {
      EXPECT_FALSE(builder.add_bytes(tlv.type, tlv.payload));
    }
  }
  const Bytes built = builder.finish();
  return {built.begin(), built.end()};
}

class TorqVectors : public testing::Test {
 protected:
  const std::vector<Vector> vectors_ = read_vectors();
};

// Promises: Q1, Q2
TEST_F(TorqVectors, EveryVectorGivesItsMessagesAndFaults) {
  ASSERT_GT(vectors_.size(), 100U);
  for (const Vector& vector : vectors_) {
    std::vector<std::string> expected = vector.lines;
    EXPECT_EQ(lines_of(vector, vector.bytes.size() + 1), expected) << vector.name;
  }
}

// Promises: Q3
TEST_F(TorqVectors, PiecesOfAnySizeGiveTheSame) {
  for (const Vector& vector : vectors_) {
    const auto whole = lines_of(vector, vector.bytes.size() + 1);
    for (const std::size_t piece_bytes : {1, 3, 31, 33, 74}) {
      EXPECT_EQ(lines_of(vector, piece_bytes), whole) << vector.name << " by " << piece_bytes;
    }
  }
}

// Promises: Q1
TEST_F(TorqVectors, WhatWasReadIsBuiltAgainByteForByte) {
  std::size_t count = 0;
  for (const Vector& vector : vectors_) {
    if (!vector.rebuilds) continue;
    const auto message = parse_message(vector.bytes, vector.options);
    ASSERT_TRUE(message) << vector.name << ": " << describe(message.error());
    EXPECT_EQ(rebuilt(*message), vector.bytes) << vector.name;
    ++count;
  }
  EXPECT_GT(count, 30U);
}

}  // namespace
}  // namespace torq
