#include "adapters/torq/message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "adapters/torq/crc32.hpp"
#include "adapters/torq/message_builder.hpp"
#include "mycelium/base/random.hpp"

namespace torq {
namespace {

constexpr Header kHeader{
    .source = Source::kraken, .sequence = 7, .timestamp_ns = 1'700'000'000'000'000'000};

template <typename P>
P random_payload(mycelium::Random& random) {
  std::array<std::byte, WireLayout<P>::kBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  return decode<P>(bytes.data());
}

std::vector<std::byte> message_of(const auto&... payloads) {
  std::array<std::byte, kAnyMessageBytesMax> memory;
  MessageBuilder builder{memory, kHeader};
  EXPECT_FALSE((builder.add(payloads).has_value() || ...));
  const Bytes built = builder.finish();
  return {built.begin(), built.end()};
}

std::vector<std::byte> trade_message() {
  return message_of(Trade{.asset_id = 1,
                          .price = 2,
                          .volume = 3,
                          .timestamp_ns = 4,
                          .venue = 5,
                          .asset_type = 6,
                          .side = 1});
}

FaultCode fault_of(Bytes bytes, ChecksumPolicy policy = ChecksumPolicy::verify) {
  const auto message = parse_message(bytes, ParseOptions::with_checksum(policy));
  EXPECT_FALSE(message);
  return message ? FaultCode{} : message.error().code;
}

TEST(Crc32, GivesTheCheckValueOfTheStandardInAnyPieces) {
  const char text[] = "123456789";
  for (std::size_t cut = 0; cut <= 9; ++cut) {
    Crc32 crc;
    crc.add(std::as_bytes(std::span{text, cut}));
    crc.add(std::as_bytes(std::span{text + cut, 9 - cut}));
    EXPECT_EQ(crc.value(), 0xCBF43926U) << cut;
  }
}

// Promises: Q1
TEST(TorqMessage, RandomPayloadsOfEveryTypeComeBackEqual) {
  mycelium::Random random{20};
  boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, AllPayloads>>(
      [&]<typename P>(std::type_identity<P>) {
        for (int round = 0; round < 200; ++round) {
          const P payload = random_payload<P>(random);
          const auto bytes = message_of(payload);
          const auto message = parse_message(bytes, {});
          ASSERT_TRUE(message) << describe(message.error());
          const Tlv tlv = *message->tlvs().begin();
          EXPECT_EQ(tlv.get<P>(), payload) << tlv.rule().name;
        }
      });
}

// Promises: Q2
TEST(TorqMessage, EveryPrefixIsTruncated) {
  const auto bytes = message_of(Trade{}, PoolSwap{}, OrderBook{});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // An exact copy, so that a read beyond it is seen by AddressSanitizer.
    const std::vector<std::byte> prefix(bytes.begin(), bytes.begin() + static_cast<long>(size));
    EXPECT_EQ(fault_of(prefix), FaultCode::truncated) << size;
  }
}

// Promises: Q2
TEST(TorqMessage, EveryFlippedBitIsSeenWhereAChecksumIsThere) {
  const auto bytes = message_of(Trade{.asset_id = 1}, GasPrice{}, RecoveryRequest{});
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto message =
        parse_message(damaged, ParseOptions::with_checksum(ChecksumPolicy::verify));
    EXPECT_FALSE(message) << "bit " << bit;
  }
}

TEST(TorqMessage, EveryFlippedBitIsHarmlessWithoutAChecksum) {
  const auto bytes = message_of(Trade{.asset_id = 1}, OrderBook{}, StateInvalidation{.count = 3});
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto damaged = bytes;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto message = parse_message(damaged, ParseOptions::with_checksum(ChecksumPolicy::off));
    if (!message) continue;
    for (const Tlv& tlv : message->tlvs()) {
      tlv.visit([]<typename P>(const P& payload) {
        if constexpr (std::is_same_v<P, OrderBook>) {
          EXPECT_LE(payload.bids.used().size(), BookSide::kLevelsMax);
        }
        if constexpr (std::is_same_v<P, StateInvalidation>) {
          EXPECT_LE(payload.used().size(), StateInvalidation::kInstrumentsMax);
        }
      });
    }
  }
}

// Promises: Q2
TEST(TorqMessage, SignalAndExecutionRequireAChecksumUnlessToldOtherwise) {
  for (const Domain domain :
       {Domain::market_data, Domain::signal, Domain::execution, Domain::system}) {
    std::array<std::byte, kHeaderBytes> memory;
    Header header = kHeader;
    header.domain = domain;
    MessageBuilder builder{memory, header, {.checksum = false}};
    const Bytes bytes = builder.finish();
    const bool is_required = domain == Domain::signal || domain == Domain::execution;
    EXPECT_EQ(parse_message(bytes, {}).has_value(), !is_required) << name_of(domain);
    EXPECT_TRUE(parse_message(bytes, ParseOptions::with_checksum(ChecksumPolicy::off)));
  }
}

// Promises: Q2
TEST(TorqMessage, AMessageMayBeAsLargeAsItsDomainAllowsAndNoLarger) {
  for (const Domain domain :
       {Domain::market_data, Domain::signal, Domain::execution, Domain::system}) {
    const std::size_t limit = message_bytes_max(domain);
    std::vector<std::byte> memory(2 * kAnyMessageBytesMax);
    const std::vector<std::byte> payload(limit - kHeaderBytes - kExtendedTlvBytes + 1);
    Header header = kHeader;
    header.domain = domain;
    MessageBuilder builder{memory, header};
    const auto refused = builder.add_bytes(200, payload);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, FaultCode::too_large);
    ASSERT_FALSE(builder.add_bytes(200, Bytes{payload}.first(payload.size() - 1)));
    const Bytes bytes = builder.finish();
    EXPECT_EQ(bytes.size(), limit);
    EXPECT_TRUE(parse_message(bytes, {}));
    store(memory.data() + 24, static_cast<std::uint32_t>(limit - kHeaderBytes + 1));
    EXPECT_EQ(fault_of(memory), FaultCode::too_large) << name_of(domain);
  }
}

TEST(TorqMessage, AQuoteOfTheOldTableIsRefusedWithASentenceThatNamesIt) {
  std::array<std::byte, 128> memory;
  MessageBuilder builder{memory, kHeader};
  const std::array<std::byte, 52> old{};
  const auto refused = builder.add_bytes(2, old);
  ASSERT_TRUE(refused);
  EXPECT_EQ(describe(*refused), "Quote (2) has 52 bytes; its size is 56 (an old table says 52)");
}

TEST(TorqMessage, ABuilderWithoutRoomLeavesTheMessageAsItWas) {
  std::array<std::byte, kHeaderBytes + kStandardTlvBytes + 40> memory;
  MessageBuilder builder{memory, kHeader};
  EXPECT_EQ(builder.add(PoolSwap{})->code, FaultCode::too_large);
  EXPECT_FALSE(builder.add(Trade{.venue = 9}));
  EXPECT_EQ(builder.add(GasPrice{})->code, FaultCode::too_large);
  const auto message = parse_message(builder.finish(), {});
  ASSERT_TRUE(message);
  EXPECT_EQ(message->tlvs().begin()->get<Trade>()->venue, 9);
}

TEST(TorqMessage, OfSeveralFaultsTheFirstOfTheListIsTold) {
  auto bytes = trade_message();
  bytes.back() ^= std::byte{1};  // The checksum is wrong,
  bytes[33] = std::byte{39};     // and so is the size,
  EXPECT_EQ(fault_of(bytes, ChecksumPolicy::off), FaultCode::bad_size);
  EXPECT_EQ(fault_of(bytes), FaultCode::bad_checksum);
  bytes[26] = std::byte{1};  // and the length,
  EXPECT_EQ(fault_of(bytes), FaultCode::too_large);
  bytes[4] = std::byte{9};  // and the domain,
  EXPECT_EQ(fault_of(bytes), FaultCode::bad_domain);
  bytes[5] = std::byte{9};  // and the version,
  EXPECT_EQ(fault_of(bytes), FaultCode::bad_version);
  bytes[0] = std::byte{9};  // and the magic.
  EXPECT_EQ(fault_of(bytes), FaultCode::bad_magic);
}

TEST(TorqMessage, UnknownTypesAreCountedAndVendorsAreUnknown) {
  std::array<std::byte, 128> memory;
  MessageBuilder builder{memory, kHeader};
  ASSERT_FALSE(builder.add_bytes(9, {}));
  ASSERT_FALSE(builder.add_bytes(200, {}));
  ASSERT_FALSE(builder.add(GasPrice{}));
  EXPECT_EQ(parse_message(builder.finish(), {})->unknown_tlvs, 2U);
  EXPECT_EQ(builder.add_bytes(kExtendedMarker, {})->code, FaultCode::bad_extended_tlv);
}

TEST(TorqMessage, KnowsSourcesAndDomainsByName) {
  EXPECT_EQ(name_of(Source::kraken), "Kraken");
  EXPECT_EQ(name_of(static_cast<Source>(77)), "");
  EXPECT_EQ(domain_of(1), Domain::market_data);
  EXPECT_EQ(domain_of(32), Domain::signal);
  EXPECT_EQ(domain_of(40), Domain::execution);
  EXPECT_EQ(domain_of(79), Domain::signal);
  EXPECT_EQ(domain_of(110), Domain::system);
}

}  // namespace
}  // namespace torq
