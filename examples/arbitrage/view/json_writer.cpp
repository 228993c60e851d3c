#include "arbitrage/view/json_writer.hpp"

#include <fmt/format.h>

namespace arbitrage {

JsonWriter& JsonWriter::begin_object() {
  begin_value();
  text_ += '{';
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  --depth_;
  if (!first_) new_line();
  text_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  begin_value();
  text_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (!first_) text_ += ',';
  new_line();
  append_quoted(name);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
  begin_value();
  append_quoted(value);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view value) {
  begin_value();
  text_ += value;
  return *this;
}

void JsonWriter::begin_value() {
  if (!after_key_ && !first_) text_ += ", ";
  after_key_ = false;
  first_ = false;
}

void JsonWriter::append_quoted(std::string_view value) {
  text_ += '"';
  for (const char symbol : value) {
    if (symbol == '"' || symbol == '\\') {
      text_ += '\\';
      text_ += symbol;
    } else if (static_cast<unsigned char>(symbol) < 0x20) {
      text_ += fmt::format("\\u{:04x}", static_cast<unsigned>(symbol));
    } else {
      text_ += symbol;
    }
  }
  text_ += '"';
}

void JsonWriter::new_line() {
  text_ += '\n';
  text_.append(2 * depth_, ' ');
}

}  // namespace arbitrage
