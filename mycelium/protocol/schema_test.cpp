#include "mycelium/protocol/schema.hpp"

#include <gtest/gtest.h>

#include <string>

#include "mycelium/protocol/compatibility.hpp"
#include "mycelium/protocol/schema_of.hpp"
#include "mycelium/protocol/wire_samples.hpp"

namespace mycelium {
namespace {

using namespace wire_samples;

Schema samples() { return schema_of<MessageSet<Book, Order, Trade>>(); }

MessageDescription described(std::uint16_t id, const std::string& type) {
  MessageDescription message{id, "Order", "desk.order", false, 0, {}, {}};
  message.fields.push_back({"id", parse_type(type).value(), 0});
  return message;
}

TEST(Schema, TypesAreReadBackAsTheyAreWritten) {
  for (const std::string text :
       {"i64", "text", "text<16>", "list<Level>", "list<Level, 8>", "array<i64, 4>",
        "optional<list<choice<nothing, i64, list<text<3>, 2>>>>", "time_ns"}) {
    const Result<TypeDescription> type = parse_type(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(text_of(*type), text);
  }
  for (const std::string text :
       {"", "i64<3>", "list", "list<i64", "list<>", "list<i64, i64>", "optional<i64, 3>", "text<x>",
        "text<99999999999>", "i64 ", "list<i64>>", "array<3>", "a-b"})
    EXPECT_FALSE(parse_type(text)) << text;
  std::string deep;
  for (int depth = 0; depth < 40; ++depth) deep += "list<";
  EXPECT_FALSE(parse_type(deep + "i64" + std::string(40, '>')));
}

// Promises: W6
TEST(Schema, TheDigestFollowsWhatTheWireDependsOn) {
  const Schema schema = samples();
  Schema other = schema;
  other.messages[0].name = "Other";
  other.messages[0].topic = "other";
  std::swap(other.messages[0], other.messages[2]);
  EXPECT_EQ(digest_of(other), digest_of(schema));
  const auto differs = [&](auto change) {
    Schema changed = schema;
    change(changed.messages[1]);
    return digest_of(changed) != digest_of(schema);
  };
  EXPECT_TRUE(differs([](auto& message) { ++message.id; }));
  EXPECT_TRUE(differs([](auto& message) { message.fields[0].name += "x"; }));
  EXPECT_TRUE(differs([](auto& message) { message.fields[0].type.name = "i64"; }));
  EXPECT_TRUE(differs([](auto& message) { message.types[0].fields.pop_back(); }));
  EXPECT_TRUE(differs([](auto& message) { message.fixed = true; }));
}

// Promises: W6
TEST(Schema, MessagesThatAreGoneOrHaveMovedAreNamed) {
  const Schema before{{described(11, "i64"), described(12, "i64")}};
  Schema after{{described(11, "i64")}};
  CompatibilityReport report = compare_schemas(before, after);
  ASSERT_EQ(report.findings.size(), 1U);
  after.messages[0].id = 13;
  report = compare_schemas({{described(11, "i64")}}, after);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].sentence,
            "message Order: has the id 13 now instead of 11; give it back its id");
  EXPECT_EQ(report.compatibility(), Compatibility::breaking);
  EXPECT_EQ(compare_schemas({}, before).compatibility(), Compatibility::full);
}

// Promises: W6
TEST(Schema, ANumberWithSeveralNamesMeansTheSameWhileOneOfThemStays) {
  Schema before{{described(11, "Side")}};
  before.messages[0].types = {{"Side", "u8", {{"buy", 0}, {"bid", 0}, {"sell", 1}}, {}}};
  EXPECT_EQ(compare_schemas(before, before).compatibility(), Compatibility::full);
  Schema after = before;
  after.messages[0].types[0].values = {{"sell", 1}, {"bid", 0}};
  EXPECT_EQ(compare_schemas(before, after).compatibility(), Compatibility::full);
  after.messages[0].types[0].values = {{"ask", 0}, {"sell", 1}};
  EXPECT_EQ(compare_schemas(before, after).compatibility(), Compatibility::breaking);
}

// Promises: W6
TEST(Schema, ALinkIsRefusedWithTheSentenceThatNamesTheField) {
  const Schema ours{{described(11, "i64")}};
  const Schema theirs{{described(11, "text")}};
  EXPECT_EQ(objection_to_link(ours, theirs),
            "message Order, field id: changed its type from text to i64; give the changed field a "
            "new name and keep the old one");
  EXPECT_EQ(objection_to_link(ours, {}), std::nullopt);
  Schema more = ours;
  more.messages[0].fields.push_back({"note", {"text", 0, {}}, 0});
  EXPECT_EQ(objection_to_link(ours, more), std::nullopt);
  EXPECT_EQ(objection_to_link(more, ours), std::nullopt);
}

TEST(Schema, ADocumentThatIsNoneIsRefusedWithItsPlace) {
  const auto sentence = [](const std::string& json) {
    const Result<Schema> schema = parse_schema(json);
    return schema ? std::string{"none"} : schema.error().message;
  };
  const std::string head =
      R"({"wire": 1, "messages": [{"id": 7, "name": "A", "topic": "a", "form": "tagged", )";
  const std::string tail = R"(, "types": []}]})";
  EXPECT_EQ(sentence(head + R"("fields": [])" + tail), "none");
  EXPECT_NE(sentence("{").find("is JSON, and this is none"), std::string::npos);
  EXPECT_EQ(sentence(R"({"wire": 2, "messages": []})"),
            "schema document, at its top: wire is 2; this program reads wire 1");
  EXPECT_EQ(sentence(head + R"("fields": [{"name": "x", "type": "i65"}])" + tail),
            "schema document, at messages[0]: there is no type i65 in message A");
  EXPECT_EQ(sentence(head + R"("fields": [{"name": "x", "type": "list<"}])" + tail),
            "schema document, at messages[0].fields[0]: \"list<\" is no type; write i64, text<16>, "
            "list<Level> or the like");
  EXPECT_EQ(
      sentence(head + R"("fields": [{"name": "x", "type": "i8"}, {"name": "x", "type": "i8"}])" +
               tail),
      "schema document, at messages[0].fields[1]: there are two fields x");
  EXPECT_NE(sentence(std::string(Schema::kDocumentBytesMax + 1, ' ')).find("at most"),
            std::string::npos);
}

TEST(Schema, TwoTypesOfOneNameAreKeptApart) {
  const MessageDescription order = describe_message<Order>();
  EXPECT_NE(order.find_type("Leg"), nullptr);
  EXPECT_EQ(order.find_type("Leg")->fields[2].type, parse_type("list<Leg>").value());
}

}  // namespace
}  // namespace mycelium
