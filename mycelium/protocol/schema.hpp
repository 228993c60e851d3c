#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/base/result.hpp"

/// Descriptions of messages as data: for the handshake of two processes, for files, for people.
/// `schema_of.hpp` makes them from types. Thread-safety: values and free functions.
namespace mycelium {

/// A type as it is written: `i64`, `text`, `text<16>`, `list<Level, 20>`, `optional<time_ns>`,
/// `choice<nothing, i64, Level>`, or the name of a definition.
struct TypeDescription {
  std::string name;
  /// Bytes of a text, elements of a list at most; of an array exactly; digits of a decimal.
  std::uint64_t count = 0;
  std::vector<TypeDescription> parts;  ///< Element of a list, array or optional; alternatives.

  friend bool operator==(const TypeDescription&, const TypeDescription&) = default;
};

/// `list<Level, 20>`.
[[nodiscard]] std::string text_of(const TypeDescription& type);
/// Reads what `text_of` writes. Errors: `bad_schema`.
[[nodiscard]] Result<TypeDescription> parse_type(std::string_view text);
/// Whether this is a type of the wire itself, as `i64` or `text`, and no definition's name.
[[nodiscard]] bool is_built_in(std::string_view name) noexcept;

struct FieldDescription {
  std::string name;
  TypeDescription type;
  std::uint64_t offset = 0;  ///< Of a fixed layout.

  friend bool operator==(const FieldDescription&, const FieldDescription&) = default;
};

struct EnumeratorDescription {
  std::string name;
  std::int64_t value = 0;

  friend bool operator==(const EnumeratorDescription&, const EnumeratorDescription&) = default;
};

/// A structure or an enum that fields of a message name.
struct TypeDefinition {
  std::string name;
  std::string number;  ///< Of an enum: its integer, as `u8`; of a structure: empty.
  std::vector<EnumeratorDescription> values;
  std::vector<FieldDescription> fields;

  [[nodiscard]] bool is_enum() const noexcept { return !number.empty(); }
  friend bool operator==(const TypeDefinition&, const TypeDefinition&) = default;
};

struct MessageDescription {
  std::uint16_t id = 0;
  std::string name;
  std::string topic;
  bool fixed = false;       ///< As its bytes; else as tagged fields.
  std::uint64_t bytes = 0;  ///< Of a fixed layout, to the end of its last field.
  std::vector<FieldDescription> fields;
  std::vector<TypeDefinition> types;

  /// Null: there is none.
  [[nodiscard]] const TypeDefinition* find_type(std::string_view type) const noexcept;
  friend bool operator==(const MessageDescription&, const MessageDescription&) = default;
};

/// The messages of a program, or of a link.
struct Schema {
  static constexpr std::size_t kDocumentBytesMax = 4 << 20;
  static constexpr std::size_t kNestingMax = 16;  ///< Of types inside a type.
  static constexpr std::size_t kFieldsMax = 64;   ///< Of one structure; the macro takes 50.

  std::vector<MessageDescription> messages;

  /// Null: there is none.
  [[nodiscard]] const MessageDescription* find(std::uint16_t id) const noexcept;
  friend bool operator==(const Schema&, const Schema&) = default;
};

/// A number that is the same for the same description on every machine: two processes with equal
/// digests need not compare further. Name and topic of a message are not in it.
[[nodiscard]] std::uint64_t digest_of(const MessageDescription& message);
[[nodiscard]] std::uint64_t digest_of(const Schema& schema);

/// The schema for people, a line for each field.
[[nodiscard]] std::string text_of(const Schema& schema);

/// The schema as a JSON document, and back. The same schema gives the same bytes. Errors of
/// `parse_schema`: `bad_schema` with the place in the document.
[[nodiscard]] std::string json_of(const Schema& schema);
[[nodiscard]] Result<Schema> parse_schema(std::string_view json);

}  // namespace mycelium
