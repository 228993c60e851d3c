#include <vector>

#include "mycelium/protocol/compatibility.hpp"
#include "mycelium/protocol/frame_parser.hpp"
#include "mycelium/protocol/message_equality.hpp"
#include "mycelium/protocol/schema_of.hpp"
#include "mycelium/protocol/wire_samples.hpp"
#include "tests/wire/recorded.hpp"

namespace mycelium {
namespace {

using namespace wire_samples;
using wire_test::expect_recorded;
using wire_test::hex_of;
using Bytes = std::vector<std::byte>;

template <Message M>
void expect_golden(const std::string& name, const M& message) {
  Bytes bytes(encoded_bytes(message));
  ASSERT_EQ(encode(message, bytes).value_or(0), bytes.size());
  expect_recorded("golden/" + name, hex_of(bytes) + "\n");
  const Result<M> read = decode<M>(bytes);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(same_fields(*read, message));
}

// Promises: W7
TEST(Golden, TheBytesOfMessagesAreThoseOfVersionOne) {
  expect_golden("trade.hex", Trade{7, -105, "BTCUSDT", 3});
  expect_golden("heartbeat.hex", Heartbeat{});
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Random random{seed};
    expect_golden(fmt::format("book_{}.hex", seed), random_book(random));
    expect_golden(fmt::format("order_{}.hex", seed), random_order(random));
  }
}

// Promises: W7
TEST(Golden, TheBytesOfFramesAreThoseOfVersionOne) {
  const Trade trade{7, -105, "BTCUSDT", 3};
  FrameHeader header{.type_id = kTraits<Trade>.id, .kind = FrameKind::ask, .sequence = 1};
  header.destination = 0x0102030405060708;
  header.source = 0x1112131415161718;
  FrameExtension extension;
  extension.correlation = Correlation{21, 22};
  extension.time_left = std::chrono::milliseconds{5};
  extension.trace = TraceContext{.trace_id = {1, 2, 3}, .span_id = {4, 5}, .flags = 1};
  extension.partition_key = 23;
  for (const bool full : {false, true}) {
    const FrameExtension& used = full ? extension : FrameExtension{};
    Bytes bytes(frame_bytes(used, full, encoded_bytes(trade)));
    FrameWriter writer{bytes, header, used, full};
    const auto payload = encode(trade, writer.payload());
    ASSERT_TRUE(payload) << payload.error().message;
    const auto frame = writer.finish(*payload);
    EXPECT_EQ(frame.size(), bytes.size());
    expect_recorded(full ? "golden/frame_full.hex" : "golden/frame_plain.hex",
                    hex_of(frame) + "\n");
    FrameParser parser{{.checked = full}};
    ASSERT_EQ(parser.feed(frame), frame.size());
    const auto read = parser.next();
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->extension, used);
    EXPECT_TRUE(same_fields(decode<Trade>((*read)->payload).value(), trade));
  }
}

// Promises: W6, W7
TEST(Golden, TheSchemaDocumentIsThatOfVersionOne) {
  const Schema schema = schema_of<MessageSet<Book, Order, Trade, Heartbeat>>();
  expect_recorded("golden/schema.json", json_of(schema));
  expect_recorded("golden/schema.txt",
                  text_of(schema) + fmt::format("schema digest {:016x}\n", digest_of(schema)));
  const Result<Schema> read = parse_schema(json_of(schema));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, schema);
  EXPECT_EQ(digest_of(*read), digest_of(schema));
  EXPECT_TRUE(compare_schemas(*read, schema).findings.empty());
}

}  // namespace
}  // namespace mycelium
