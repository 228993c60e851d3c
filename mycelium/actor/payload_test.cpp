#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Begin {};
MYCELIUM_MESSAGE(Begin, 161, "test.begin")

struct Heap {
  std::vector<int> numbers;
  std::unique_ptr<std::string> text;
};
MYCELIUM_MESSAGE(Heap, 162, "test.heap", numbers, text)

struct Medium {  // Larger than an envelope holds.
  std::shared_ptr<int> owned;
  std::array<unsigned char, 300> bytes;
};
MYCELIUM_MESSAGE(Medium, 163, "test.medium", owned, bytes)

struct Huge {  // Larger than a lane carries inline.
  std::shared_ptr<int> owned;
  std::array<unsigned char, 100'000> bytes;
};
MYCELIUM_MESSAGE(Huge, 164, "test.huge", owned, bytes)

struct alignas(64) Wide {
  std::uint64_t number;
};
MYCELIUM_MESSAGE(Wide, 165, "test.wide", number)

template <typename M>
M filled(const std::shared_ptr<int>& owned) {
  M message{owned, {}};
  std::iota(message.bytes.begin(), message.bytes.end(), static_cast<unsigned char>(1));
  return message;
}

struct Seen {
  int heaps = 0;
  int mediums = 0;
  int huges = 0;
  int wides = 0;
};

// Takes everything and compares it with what was sent.
class Taker {
 public:
  using Handles = Messages<Heap, Medium, Huge, Wide>;
  explicit Taker(Seen& seen) : seen_{&seen} {}
  void handle(const Heap& heap) {
    EXPECT_EQ(heap.numbers, (std::vector{1, 2, 3}));
    EXPECT_EQ(*heap.text, "a text that is longer than any small string");
    ++seen_->heaps;
  }
  void handle(const Medium& medium) {
    seen_->mediums += medium.bytes == filled<Medium>({}).bytes ? 1 : 1000;
  }
  void handle(const Huge& huge) { seen_->huges += huge.bytes == filled<Huge>({}).bytes ? 1 : 1000; }
  void handle(const Wide& wide) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&wide) % 64, 0U);
    EXPECT_EQ(wide.number, 77U);
    ++seen_->wides;
  }

 private:
  Seen* seen_;
};

using TakerRef = Ref<Taker::Handles>;

void send_all(const TakerRef& taker, const std::shared_ptr<int>& owned) {
  for (int round = 0; round < 3; ++round) {
    Heap heap{{1, 2, 3},
              std::make_unique<std::string>("a text that is longer than any small string")};
    EXPECT_EQ(taker.try_send(std::move(heap)), SendResult::ok);
    EXPECT_EQ(taker.try_send(filled<Medium>(owned)), SendResult::ok);
    EXPECT_EQ(taker.try_send(filled<Huge>(owned)), SendResult::ok);
    EXPECT_EQ(taker.try_send(Wide{77}), SendResult::ok);
  }
}

class Giver {
 public:
  using Handles = Messages<Begin>;
  Giver(TakerRef taker, std::shared_ptr<int> owned) : taker_{taker}, owned_{std::move(owned)} {}
  void handle(const Begin&) { send_all(taker_, owned_); }

 private:
  TakerRef taker_;
  std::shared_ptr<int> owned_;
};

// Promises: D2
TEST(Payload, ArrivesWholeAlignedAndIsEndedOnceWhateverItsSizeAndWay) {
  const auto owned = std::make_shared<int>(0);
  Seen seen;
  {
    System system{{.workers = 2, .drive = Drive::manual}};
    const auto taker = system.spawn("taker", [&](Context&) { return Taker{seen}; }, {.worker = 1});
    const auto near =
        system.spawn("near", [&](Context&) { return Giver{taker, owned}; }, {.worker = 1});
    const auto far =
        system.spawn("far", [&](Context&) { return Giver{taker, owned}; }, {.worker = 0});
    EXPECT_EQ(near.try_send(Begin{}), SendResult::ok);
    EXPECT_EQ(far.try_send(Begin{}), SendResult::ok);
    send_all(taker, owned);  // As a foreign thread.
    while (system.step() > 0) {
    }
  }
  EXPECT_EQ(seen.heaps, 9);
  EXPECT_EQ(seen.mediums, 9);
  EXPECT_EQ(seen.huges, 9);
  EXPECT_EQ(seen.wides, 9);
  EXPECT_EQ(owned.use_count(), 1);
}

// Promises: D9
TEST(Payload, WhatIsStillOnItsWayWhenTheSystemEndsIsEnded) {
  const auto owned = std::make_shared<int>(0);
  Seen seen;
  {
    System system{{.workers = 2, .drive = Drive::manual}};
    const auto taker = system.spawn("taker", [&](Context&) { return Taker{seen}; }, {.worker = 1});
    send_all(taker, owned);
    EXPECT_GT(owned.use_count(), 1);
  }
  EXPECT_EQ(owned.use_count(), 1);
  EXPECT_EQ(seen.mediums, 3);  // The end of a system drains.
}

}  // namespace
}  // namespace mycelium
