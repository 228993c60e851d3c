#include "mycelium/protocol/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "mycelium/protocol/message_equality.hpp"
#include "mycelium/protocol/wire_samples.hpp"

namespace mycelium {
namespace {

using namespace wire_samples;
using Bytes = std::vector<std::byte>;

template <Message M>
Bytes bytes_of(const M& message) {
  Bytes bytes(encoded_bytes(message), std::byte{0xEE});
  const Result<std::size_t> written = encode(message, bytes);
  EXPECT_TRUE(written) << (written ? "" : written.error().message);
  EXPECT_EQ(written.value_or(0), bytes.size());
  return bytes;
}

Bytes bytes_from(std::initializer_list<int> numbers) {
  Bytes bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

void append(Bytes& bytes, std::uint32_t number) {
  const auto* const begin = reinterpret_cast<const std::byte*>(&number);
  bytes.insert(bytes.end(), begin, begin + sizeof number);
}

template <Message M>
std::string code_of(const Bytes& bytes, const WireLimits& limits = {}) {
  const Result<M> read = decode<M>(bytes, limits);
  return read ? "none" : read.error().code;
}

struct Packet {
  std::uint8_t kind = 7;
  std::uint32_t value = 9;
};
MYCELIUM_MESSAGE(Packet, 811, "test.packet", kind, value)

struct Grown {
  std::uint8_t kind = 7;
  std::uint32_t value = 9;
  std::uint16_t added = 33;
};
MYCELIUM_MESSAGE(Grown, 812, "test.packet", kind, value, added)

struct Chosen {
  static constexpr bool kTagged = true;
  std::uint32_t value = 0;
};
MYCELIUM_MESSAGE(Chosen, 813, "test.chosen", value)

struct Percent {
  std::int32_t value = 0;
  [[nodiscard]] std::string_view validate() const {
    return value >= 0 && value <= 100 ? "" : "a percentage is 0 to 100";
  }
};
BOOST_DESCRIBE_STRUCT(Percent, (), (value))
struct Load {
  std::array<Percent, 2> cores{};
};
MYCELIUM_MESSAGE(Load, 814, "test.load", cores)
struct NamedLoad {
  std::string name;
  std::vector<Percent> cores;
  [[nodiscard]] bool validate() const { return name != "bad"; }
};
MYCELIUM_MESSAGE(NamedLoad, 815, "test.named_load", name, cores)

struct OldOrder {
  std::uint32_t id = 0;
  std::string note = "none";
};
MYCELIUM_MESSAGE(OldOrder, 816, "test.order", id, note)
struct NewOrder {
  std::vector<std::string> labels;
  std::optional<std::uint32_t> limit;
  std::string note = "none";
  std::uint32_t id = 0;
  std::string account = "house";
};
MYCELIUM_MESSAGE(NewOrder, 817, "test.order", labels, limit, note, id, account)
struct OtherOrder {
  std::uint64_t id = 0;
  std::string note;
};
MYCELIUM_MESSAGE(OtherOrder, 818, "test.order", id, note)

// Promises: W1
TEST(Codec, AFixedLayoutIsItsFieldsAtTheirPlacesWithZerosBetween) {
  static_assert(kWireForm<Packet> == WireForm::fixed && kEncodedBytesMax<Packet> == 8);
  EXPECT_EQ(bytes_of(Packet{1, 0x01020304}), bytes_from({1, 0, 0, 0, 4, 3, 2, 1}));
  // Whatever lay in the padding before.
  alignas(Packet) std::byte memory[sizeof(Packet)];
  std::memset(memory, 0xAB, sizeof memory);
  const auto* const packet = std::construct_at(reinterpret_cast<Packet*>(memory), Packet{1, 2});
  EXPECT_EQ(bytes_of(*packet), bytes_from({1, 0, 0, 0, 2, 0, 0, 0}));
}

// Promises: W1
TEST(Codec, WhatIsNoFixedLayoutTravelsAsTaggedFields) {
  static_assert(kWireForm<Book> == WireForm::fixed && kWireForm<Heartbeat> == WireForm::fixed);
  static_assert(kWireForm<Order> == WireForm::tagged && kWireForm<Trade> == WireForm::tagged);
  static_assert(kWireForm<Chosen> == WireForm::tagged);
  static_assert(kEncodedBytesMax<Order> == kNoBound && kEncodedBytesMax<Heartbeat> == 0);
  static_assert(kEncodedBytesMax<Chosen> == 8);
  EXPECT_EQ(bytes_of(Chosen{5}).size(), 8U);
  EXPECT_TRUE(bytes_of(Heartbeat{}).empty());
}

// Promises: W2
TEST(Codec, EveryTypeOfMemberComesBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    Random random{seed};
    const Book book = random_book(random);
    const Order order = random_order(random);
    const Result<Book> book_read = decode<Book>(bytes_of(book));
    const Result<Order> order_read = decode<Order>(bytes_of(order));
    ASSERT_TRUE(book_read) << "seed " << seed << ": " << book_read.error().message;
    ASSERT_TRUE(order_read) << "seed " << seed << ": " << order_read.error().message;
    EXPECT_TRUE(same_fields(*book_read, book)) << "seed " << seed << ": " << text_of(book);
    EXPECT_TRUE(same_fields(*order_read, order)) << "seed " << seed << ": " << text_of(order);
    EXPECT_EQ(bytes_of(*order_read), bytes_of(order)) << "seed " << seed;
  }
}

struct Bounded {
  std::optional<FixedString<20>> name;
  std::variant<std::monostate, std::uint64_t, bool> value;
  FixedVector<Level, 2> levels;
};
MYCELIUM_MESSAGE(Bounded, 819, "test.bounded", name, value, levels)

// Promises: W2
TEST(Codec, TheLargestMessageOfATypeHasTheSizeThatIsSaid) {
  static_assert(kWireForm<Bounded> == WireForm::tagged);
  const Bounded largest{
      FixedString<20>{"12345678901234567890"}, std::uint64_t{1}, {{1, 1}, {2, 2}}};
  EXPECT_EQ(encoded_bytes(largest), kEncodedBytesMax<Bounded>);
  EXPECT_LT(encoded_bytes(Bounded{}), kEncodedBytesMax<Bounded>);
  EXPECT_EQ(encoded_bytes(Book{}), kEncodedBytesMax<Book>);
  EXPECT_EQ(decode<Bounded>(bytes_of(largest))->name, largest.name);
}

// Promises: W2
TEST(Codec, AMessageThatIsReadIntoForgetsWhatItHeld) {
  Random random{77};
  Order reused;
  for (int round = 0; round < 500; ++round) {
    const Order order = random_order(random);
    ASSERT_TRUE(decode_into(reused, bytes_of(order)));
    EXPECT_TRUE(same_fields(reused, order)) << "round " << round;
  }
}

// Promises: W3
TEST(Codec, AnOlderSendersFixedLayoutIsFilledWithDefaults) {
  const Result<Grown> grown = decode<Grown>(bytes_of(Packet{1, 2}));
  ASSERT_TRUE(grown) << grown.error().message;
  EXPECT_EQ(grown->value, 2U);
  EXPECT_EQ(grown->added, 33);
  const Result<Packet> shrunk = decode<Packet>(bytes_of(Grown{3, 4, 5}));
  ASSERT_TRUE(shrunk) << shrunk.error().message;
  EXPECT_EQ(shrunk->kind, 3);
  EXPECT_EQ(shrunk->value, 4U);
  EXPECT_EQ(code_of<Packet>(bytes_from({1, 0, 0, 0, 4, 3})), "bad_size");
}

// Promises: W3
TEST(Codec, OldAndNewReadEachOthersTaggedFields) {
  const Result<NewOrder> filled = decode<NewOrder>(bytes_of(OldOrder{5, "hello"}));
  ASSERT_TRUE(filled) << filled.error().message;
  EXPECT_TRUE(same_fields(*filled, NewOrder{{}, {}, "hello", 5, "house"}));
  const Result<OldOrder> skipped =
      decode<OldOrder>(bytes_of(NewOrder{{"a", "b"}, 8, "hello", 5, "mine"}));
  ASSERT_TRUE(skipped) << skipped.error().message;
  EXPECT_TRUE(same_fields(*skipped, OldOrder{5, "hello"}));
}

// Promises: W4
TEST(Codec, AFieldOfAnotherTypeIsRefusedByName) {
  const Result<OtherOrder> read = decode<OtherOrder>(bytes_of(OldOrder{5, "hello"}));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "wrong_kind");
  EXPECT_EQ(read.error().message,
            "message OtherOrder, field id: has another type at the sender; give the changed field "
            "a new name");
}

// Promises: W4
TEST(Codec, BoolsEnumsAndCountsOfAFixedLayoutAreChecked) {
  const Bytes good = bytes_of(Book{});
  const auto code_with = [&](std::size_t at, int value) {
    Bytes bytes = good;
    bytes.at(at) = static_cast<std::byte>(value);
    return code_of<Book>(bytes);
  };
  EXPECT_EQ(code_with(offsetof(Book, snapshot), 2), "bad_bool");
  EXPECT_EQ(code_with(offsetof(Book, side), 0), "bad_enumerator");
  EXPECT_EQ(code_with(offsetof(Book, venue), 1), "bad_enumerator");
  EXPECT_EQ(code_with(offsetof(Book, symbol), 12), "text_too_long");
  EXPECT_EQ(code_with(offsetof(Book, levels), 4), "list_too_long");
  EXPECT_EQ(code_with(offsetof(Book, open) + 2, 255), "bad_bool");
  EXPECT_EQ(code_with(offsetof(Book, levels) + 9, 255), "none");  // Behind the count: of no one.
}

// Promises: W4
TEST(Codec, ATypesOwnValidateIsAsked) {
  EXPECT_EQ(code_of<Load>(bytes_of(Load{{Percent{0}, Percent{100}}})), "none");
  const Result<Load> load = decode<Load>(bytes_of(Load{{Percent{0}, Percent{101}}}));
  ASSERT_FALSE(load);
  EXPECT_EQ(load.error().message,
            "message Load, field cores: was refused by its own validate(): a percentage is 0 to "
            "100");
  EXPECT_EQ(code_of<NamedLoad>(bytes_of(NamedLoad{"good", {Percent{7}}})), "none");
  EXPECT_EQ(code_of<NamedLoad>(bytes_of(NamedLoad{"bad", {}})), "refused");
  EXPECT_EQ(code_of<NamedLoad>(bytes_of(NamedLoad{"good", {Percent{-1}}})), "refused");
}

// Promises: W4
TEST(Codec, LimitsHoldOnBothSides) {
  const WireLimits tight{.message_bytes = 52, .text_bytes = 8, .elements = 2, .depth = 2};
  const auto sent = [&](const NewOrder& order) {
    Bytes buffer(4096);
    const Result<std::size_t> written = encode(order, buffer, tight);
    const std::string received = code_of<NewOrder>(bytes_of(order), tight);
    return (written ? "none" : written.error().code) + " " + received;
  };
  NewOrder order{{}, {}, "", 1, ""};
  EXPECT_EQ(sent(order), "none none");
  order.note = "123456789";
  EXPECT_EQ(sent(order), "text_too_long text_too_long");
  order.note = "12345678";
  EXPECT_EQ(sent(order), "none none");
  order.account = "12345678";
  EXPECT_EQ(sent(order), "too_large too_large");
  EXPECT_EQ(sent(NewOrder{{"", "", ""}, {}, "", 1, ""}), "list_too_long list_too_long");
  Order deep;
  deep.legs = {Leg{"", {}, {Leg{"", {}, {Leg{}}}}}};
  Bytes buffer(4096);
  EXPECT_EQ(encode(deep, buffer, {.depth = 6}).error().code, "too_deep");
  EXPECT_EQ(code_of<Order>(bytes_of(deep), {.depth = 6}), "too_deep");
  EXPECT_EQ(code_of<Order>(bytes_of(deep), {.depth = 7}), "none");
}

// Promises: W4
TEST(Codec, ABufferThatIsTooSmallIsSaidAndNotOverrun) {
  const NewOrder order{{"a", "b"}, 8, "hello", 5, "mine"};
  const std::size_t needed = encoded_bytes(order);
  for (std::size_t room = 0; room < needed; ++room) {
    Bytes exact(room);
    const Result<std::size_t> written = encode(order, exact);
    ASSERT_FALSE(written) << room;
    EXPECT_EQ(written.error().code, "no_room");
  }
  Bytes seven(7);
  EXPECT_EQ(encode(Packet{}, seven).error().code, "no_room");
}

// Promises: W4
TEST(Codec, NoPrefixAndNoFlippedBitOfAMessageDoesHarm) {
  Random random{5};
  for (int round = 0; round < 20; ++round) {
    const Bytes good = bytes_of(random_order(random));
    for (std::size_t size = 0; size < good.size(); ++size) {
      const Bytes prefix(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
      static_cast<void>(decode<Order>(prefix));
    }
    for (std::size_t bit = 0; bit < good.size() * 8; bit += 3) {
      Bytes flipped = good;
      flipped[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
      // What is read is a message, though perhaps another.
      if (const Result<Order> read = decode<Order>(flipped)) {
        EXPECT_TRUE(decode<Order>(bytes_of(*read))) << "bit " << bit;
      }
    }
  }
}

// Promises: W4
TEST(Codec, ACountThatPromisesMoreThanThereIsAllocatesNothing) {
  Bytes bytes;
  append(bytes, detail::field_tag("labels") | static_cast<std::uint32_t>(WireKind::list));
  append(bytes, 5);
  bytes.push_back(static_cast<std::byte>(WireKind::text));
  append(bytes, 60'000);
  NewOrder order;
  EXPECT_EQ(decode_into(order, bytes).error().code, "truncated");
  EXPECT_EQ(order.labels.capacity(), 0U);
}

// Promises: W4
TEST(Codec, OneFieldTwiceIsRefused) {
  Bytes bytes = bytes_of(OldOrder{5, "hello"});
  const Bytes again = bytes;
  bytes.insert(bytes.end(), again.begin(), again.end());
  EXPECT_EQ(code_of<OldOrder>(bytes), "duplicate_field");
}

// Promises: W3
TEST(Codec, UnknownFieldsAreSkippedByTheirKind) {
  const Bytes known = bytes_of(OldOrder{5, "hello"});
  for (std::uint32_t kind = 0; kind < 32; ++kind) {
    Bytes bytes = known;
    append(bytes, detail::field_tag("from_the_future") | kind);
    if (kind >= kCountedKinds) append(bytes, 3);
    const int size = kind >= kCountedKinds ? 3 : wire_bytes(static_cast<std::uint8_t>(kind));
    bytes.resize(bytes.size() + static_cast<std::size_t>(std::max(size, 0)));
    EXPECT_EQ(code_of<OldOrder>(bytes), size < 0 ? "unknown_kind" : "none") << kind;
    if (size <= 0) continue;
    bytes.pop_back();
    EXPECT_EQ(code_of<OldOrder>(bytes), "truncated") << kind;
  }
}

// Promises: W1
TEST(Codec, AFixedLayoutIsReadInPlaceWhereItLiesWell) {
  alignas(16) std::array<std::byte, 256> memory{};
  Random random{9};
  const Book book = random_book(random);
  const std::size_t bytes = encode(book, memory).value();
  const Result<const Book*> in_place = read_in_place<Book>({memory.data(), bytes}, memory);
  ASSERT_TRUE(in_place && *in_place != nullptr);
  EXPECT_EQ(static_cast<const void*>(*in_place), memory.data());
  EXPECT_TRUE(same_fields(**in_place, book));
  EXPECT_EQ(read_in_place<Book>({memory.data(), bytes - 1}, memory).value(), nullptr);
  EXPECT_EQ(read_in_place<Book>({memory.data() + 1, bytes}, std::span{memory}.subspan(1)).value(),
            nullptr);
  memory[offsetof(Book, snapshot)] = std::byte{3};
  EXPECT_EQ(read_in_place<Book>({memory.data(), bytes}, memory).error().code, "bad_bool");
}

}  // namespace
}  // namespace mycelium
