#pragma once

#include <boost/describe/enum.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mycelium/protocol/codec.hpp"
#include "mycelium/protocol/compatibility.hpp"
#include "mycelium/protocol/message_text.hpp"
#include "mycelium/protocol/schema_of.hpp"
#include "tests/wire/recorded.hpp"

namespace mycelium::wire_test {

template <Message M>
std::vector<std::byte> sent_by(const M& message) {
  std::vector<std::byte> bytes(encoded_bytes(message));
  EXPECT_EQ(encode(message, bytes).value_or(0), bytes.size());
  return bytes;
}

/// What a program that knows `M` makes of the bytes: the message as JSON, or the code of the error.
template <Message M>
std::string read_by(const std::vector<std::byte>& bytes) {
  const Result<M> read = decode<M>(bytes);
  return read ? json_of(*read) : fmt::format("\"{}\"", read.error().code);
}

/// Holds one case of evolution against its file: both descriptions, what the checker says, and what
/// each version reads of the other's bytes.
template <Message Before, Message After>
void expect_evolution(const std::string& name, const Before& before, const After& after) {
  const Schema old_schema{{describe_message<Before>()}};
  const Schema new_schema{{describe_message<After>()}};
  const CompatibilityReport report = compare_schemas(old_schema, new_schema);
  std::string findings;
  for (const SchemaFinding& finding : report.findings) {
    findings += findings.empty() ? "\n    " : ",\n    ";
    detail::append_quoted(findings, finding.sentence);
  }
  const auto sent_before = sent_by(before);
  const auto sent_after = sent_by(after);
  const std::string objection =
      objection_to_link(new_schema, old_schema).has_value() ? "false" : "true";
  expect_recorded(
      "evolution/" + name + ".json",
      fmt::format("{{\n  \"compatibility\": \"{}\",\n  \"findings\": [{}],\n  \"link\": {},\n"
                  "  \"sent_by_old\": \"{}\",\n  \"read_by_new\": {},\n"
                  "  \"sent_by_new\": \"{}\",\n  \"read_by_old\": {},\n"
                  "  \"old\": {},\n  \"new\": {}}}\n",
                  text_of(report.compatibility()), findings, objection, hex_of(sent_before, ""),
                  read_by<After>(sent_before), hex_of(sent_after, ""), read_by<Before>(sent_after),
                  json_of(old_schema), json_of(new_schema)));
}

}  // namespace mycelium::wire_test
