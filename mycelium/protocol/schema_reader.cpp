// Schema documents. Any bytes may come here: a document is refused with its place, never trusted.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "mycelium/protocol/member_shape.hpp"
#include "mycelium/protocol/schema.hpp"

namespace mycelium {
namespace {

using simdjson::dom::element;

/// Reads one document. The first fault is kept, with the place where it was found.
class SchemaReader {
 public:
  bool read(element document, Schema& schema) {
    std::uint64_t wire = 0;
    if (!number(document, "wire", wire)) return false;
    if (wire != 1) return fault(fmt::format("wire is {}; this program reads wire 1", wire));
    return each(document, "messages", 65'535, [&](element item) {
      return read_message(item, schema.messages.emplace_back()) && check_unique(schema);
    });
  }
  [[nodiscard]] std::string sentence() const {
    return fmt::format("schema document, at {}: {}", place_.empty() ? "its top" : place_, fault_);
  }

 private:
  bool fault(std::string sentence) {
    if (fault_.empty()) fault_ = std::move(sentence);
    return false;
  }

  bool text(element from, const char* key, std::string& to) {
    std::string_view value;
    if (from[key].get(value) != simdjson::SUCCESS || value.size() > 255)
      return fault(fmt::format("\"{}\" must be a text of at most 255 bytes", key));
    to = value;
    return true;
  }
  bool name(element from, std::string& to) {
    if (!text(from, "name", to)) return false;
    return !to.empty() || fault("\"name\" is empty");
  }
  bool number(element from, const char* key, std::uint64_t& to) {
    return from[key].get(to) == simdjson::SUCCESS ||
           fault(fmt::format("\"{}\" must be a whole number from 0 up", key));
  }

  /// Runs `read` for each item of a list, with the item in the place.
  template <typename Read>
  bool each(element from, const char* key, std::size_t items_max, Read&& read) {
    simdjson::dom::array items;
    if (from[key].get(items) != simdjson::SUCCESS)
      return fault(fmt::format("\"{}\" must be a list", key));
    if (items.size() > items_max)
      return fault(fmt::format("\"{}\" has more than {} items", key, items_max));
    const std::size_t before = place_.size();
    std::size_t index = 0;
    for (const element item : items) {
      place_ += fmt::format("{}{}[{}]", before == 0 ? "" : ".", key, index++);
      if (!read(item)) return false;
      place_.resize(before);
    }
    return true;
  }

  bool read_field(element from, std::vector<FieldDescription>& fields, bool fixed) {
    FieldDescription field;
    std::string type;
    if (!name(from, field.name) || !text(from, "type", type)) return false;
    if (fixed && !number(from, "offset", field.offset)) return false;
    Result<TypeDescription> parsed = parse_type(type);
    if (!parsed) return fault(parsed.error().message);
    field.type = std::move(*parsed);
    if (std::ranges::find(fields, field.name, &FieldDescription::name) != fields.end())
      return fault(fmt::format("there are two fields {}", field.name));
    fields.push_back(std::move(field));
    return true;
  }

  bool read_definition(element from, TypeDefinition& type, bool fixed) {
    if (!name(from, type.name)) return false;
    if (is_built_in(type.name))
      return fault(fmt::format("\"{}\" is the name of a type of the wire", type.name));
    if (from["number"].error() != simdjson::SUCCESS)
      return each(from, "fields", Schema::kFieldsMax,
                  [&](element item) { return read_field(item, type.fields, fixed); });
    if (!text(from, "number", type.number)) return false;
    constexpr std::string_view kNumbers = "u8 i8 u16 i16 u32 i32 u64 i64 bool char";
    if (type.number.empty() || kNumbers.find(type.number) == std::string_view::npos)
      return fault(
          fmt::format("\"{}\" is no number for an enum; write u8 or the like", type.number));
    return each(from, "values", 65'536, [&](element item) {
      EnumeratorDescription& value = type.values.emplace_back();
      return name(item, value.name) && (item["value"].get(value.value) == simdjson::SUCCESS ||
                                        fault("\"value\" must be a whole number"));
    });
  }

  bool read_message(element from, MessageDescription& message) {
    std::uint64_t id = 0;
    std::string form;
    if (!number(from, "id", id) || !name(from, message.name) ||
        !text(from, "topic", message.topic) || !text(from, "form", form))
      return false;
    if (id == 0 || id >= kReservedTypeIds) return fault(fmt::format("id {} is not 1 to 65279", id));
    if (form != "fixed" && form != "tagged")
      return fault(fmt::format("form \"{}\" is neither fixed nor tagged", form));
    message.id = static_cast<std::uint16_t>(id);
    message.fixed = form == "fixed";
    if (message.fixed && !number(from, "bytes", message.bytes)) return false;
    const auto read_fields = [&](element item) {
      return read_field(item, message.fields, message.fixed);
    };
    const auto read_types = [&](element item) {
      TypeDefinition type;
      if (!read_definition(item, type, message.fixed)) return false;
      if (message.find_type(type.name) != nullptr)
        return fault(fmt::format("there are two types {}", type.name));
      message.types.push_back(std::move(type));
      return true;
    };
    return each(from, "fields", Schema::kFieldsMax, read_fields) &&
           each(from, "types", 4096, read_types) && check_names(message);
  }

  bool check_unique(const Schema& schema) {
    const std::uint16_t id = schema.messages.back().id;
    return schema.find(id) == &schema.messages.back() ||
           fault(fmt::format("id {} is given twice", id));
  }

  bool check_type(const MessageDescription& message, const TypeDescription& type) {
    if (!is_built_in(type.name) && message.find_type(type.name) == nullptr)
      return fault(fmt::format("there is no type {} in message {}", type.name, message.name));
    return std::ranges::all_of(
        type.parts, [&](const TypeDescription& part) { return check_type(message, part); });
  }
  bool check_names(const MessageDescription& message) {
    const auto all_known = [&](const std::vector<FieldDescription>& fields) {
      return std::ranges::all_of(
          fields, [&](const FieldDescription& field) { return check_type(message, field.type); });
    };
    return all_known(message.fields) &&
           std::ranges::all_of(message.types,
                               [&](const TypeDefinition& type) { return all_known(type.fields); });
  }

  std::string place_;
  std::string fault_;
};

}  // namespace

Result<Schema> parse_schema(std::string_view json) {
  if (json.size() > Schema::kDocumentBytesMax)
    return fail("bad_schema", fmt::format("a schema document has at most {} bytes, not {}",
                                          Schema::kDocumentBytesMax, json.size()));
  simdjson::dom::parser parser;
  element document;
  const simdjson::padded_string padded{json};
  if (const auto error = parser.parse(padded).get(document); error != simdjson::SUCCESS)
    return fail("bad_schema", fmt::format("a schema document is JSON, and this is none: {}",
                                          simdjson::error_message(error)));
  Schema schema;
  SchemaReader reader;
  if (!reader.read(document, schema)) return fail("bad_schema", reader.sentence());
  return schema;
}

}  // namespace mycelium
