#include "mycelium/protocol/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "mycelium/base/stable_hash.hpp"
#include "mycelium/protocol/message_text.hpp"

namespace mycelium {
namespace {

using detail::append_quoted;

void append_fields(std::string& out, const std::vector<FieldDescription>& fields, bool fixed,
                   std::string_view line) {
  std::string_view separator;
  out += '[';
  for (const FieldDescription& field : fields) {
    out += separator;
    out += line;
    out += "{\"name\": ";
    append_quoted(out, field.name);
    out += ", \"type\": ";
    append_quoted(out, text_of(field.type));
    if (fixed) fmt::format_to(std::back_inserter(out), ", \"offset\": {}", field.offset);
    out += '}';
    separator = ",";
  }
  out += ']';
}

void append_definition(std::string& out, const TypeDefinition& type, bool fixed) {
  out += "{\"name\": ";
  append_quoted(out, type.name);
  if (!type.is_enum()) {
    out += ", \"fields\": ";
    append_fields(out, type.fields, fixed, "\n        ");
  } else {
    out += ", \"number\": ";
    append_quoted(out, type.number);
    out += ", \"values\": [";
    std::string_view separator;
    for (const EnumeratorDescription& value : type.values) {
      out += separator;
      out += "\n        {\"name\": ";
      append_quoted(out, value.name);
      fmt::format_to(std::back_inserter(out), ", \"value\": {}}}", value.value);
      separator = ",";
    }
    out += ']';
  }
  out += '}';
}

// What the wire depends on: form, fields and types.
void append_body(std::string& out, const MessageDescription& message) {
  fmt::format_to(std::back_inserter(out), "\"form\": \"{}\"", message.fixed ? "fixed" : "tagged");
  if (message.fixed) fmt::format_to(std::back_inserter(out), ", \"bytes\": {}", message.bytes);
  out += ", \"fields\": ";
  append_fields(out, message.fields, message.fixed, "\n      ");
  out += ", \"types\": [";
  std::string_view separator;
  for (const TypeDefinition& type : message.types) {
    out += separator;
    out += "\n      ";
    append_definition(out, type, message.fixed);
    separator = ",";
  }
  out += ']';
}

void append_people_fields(std::string& out, const std::vector<FieldDescription>& fields,
                          bool fixed) {
  for (const FieldDescription& field : fields) {
    out += "  ";
    if (fixed) fmt::format_to(std::back_inserter(out), "{:>6}  ", field.offset);
    fmt::format_to(std::back_inserter(out), "{}: {}\n", field.name, text_of(field.type));
  }
}

}  // namespace

const TypeDefinition* MessageDescription::find_type(std::string_view type) const noexcept {
  const auto found = std::ranges::find(types, type, &TypeDefinition::name);
  return found == types.end() ? nullptr : &*found;
}

const MessageDescription* Schema::find(std::uint16_t id) const noexcept {
  const auto found = std::ranges::find(messages, id, &MessageDescription::id);
  return found == messages.end() ? nullptr : &*found;
}

std::uint64_t digest_of(const MessageDescription& message) {
  std::string body = fmt::format("{} ", message.id);
  append_body(body, message);
  return stable_hash(body);
}

std::uint64_t digest_of(const Schema& schema) {
  std::uint64_t digest = 0;
  // A sum, so that the order in which messages are listed does not matter.
  for (const MessageDescription& message : schema.messages) digest += mix_bits(digest_of(message));
  return mix_bits(digest);
}

std::string text_of(const Schema& schema) {
  std::string text;
  for (const MessageDescription& message : schema.messages) {
    fmt::format_to(std::back_inserter(text), "message {} = {} on \"{}\", {}, digest {:016x}\n",
                   message.name, message.id, message.topic,
                   message.fixed ? fmt::format("fixed layout of {} bytes", message.bytes)
                                 : std::string{"tagged fields"},
                   digest_of(message));
    append_people_fields(text, message.fields, message.fixed);
    for (const TypeDefinition& type : message.types) {
      if (!type.is_enum()) {
        fmt::format_to(std::back_inserter(text), "  structure {}\n", type.name);
        append_people_fields(text, type.fields, message.fixed);
        continue;
      }
      fmt::format_to(std::back_inserter(text), "  enum {}: {}\n", type.name, type.number);
      for (const EnumeratorDescription& value : type.values)
        fmt::format_to(std::back_inserter(text), "    {} = {}\n", value.name, value.value);
    }
  }
  return text;
}

std::string json_of(const Schema& schema) {
  std::string json = "{\"wire\": 1, \"messages\": [";
  std::string_view separator;
  for (const MessageDescription& message : schema.messages) {
    json += separator;
    fmt::format_to(std::back_inserter(json), "\n    {{\"id\": {}, \"name\": ", message.id);
    append_quoted(json, message.name);
    json += ", \"topic\": ";
    append_quoted(json, message.topic);
    json += ", ";
    append_body(json, message);
    json += '}';
    separator = ",";
  }
  return json += "]}\n";
}

}  // namespace mycelium
