#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <variant>

#include "mycelium/protocol/fixed_layout.hpp"
#include "mycelium/protocol/wire_kind.hpp"

namespace mycelium::detail {

/// Writes messages as tagged fields into a buffer of the caller. Grammar: docs/wire.md, "Tagged
/// fields":
///
///     fields    = { u32 key, value }                     key = tag of the name | kind
///     value     = bytes of its size                      kinds below 16
///               | u32 bytes, body                        kinds from 16 up
///     text      = its bytes
///     list      = u8 kind of the elements, u32 count, { value }
///     structure = fields
///     choice    = u8 alternative, u8 kind, value
///     maybe     = nothing | u8 kind, value
///
/// Thread-safety: none. Memory: none of its own. Errors: the first one is kept in `problem`, and
/// nothing is written any more.
class TaggedWriter {
 public:
  TaggedWriter(std::span<std::byte> to, const WireLimits& limits) noexcept
      : begin_{to.data()}, at_{to.data()}, end_{to.data() + to.size()}, limits_{limits} {}

  template <typename T>
  bool write_fields(const T& value) {
    static_assert(tags_are_unique<T>(),
                  "two fields of this structure have names with the same tag; rename one of them");
    return for_each_field<T>([&]<typename Field>() {
      const auto& member = value.*Field::pointer;
      if constexpr (kShape<FieldType<T, Field>> == Shape::maybe) {
        if (!member.has_value()) return true;
        if (put(kFieldKey<T, Field>) && write(*member)) return true;
      } else {
        if (put(kFieldKey<T, Field>) && write(member)) return true;
      }
      if (problem_.field.empty()) problem_.field = Field::name;
      return false;
    });
  }

  [[nodiscard]] std::size_t written() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }
  [[nodiscard]] const WireProblem& problem() const noexcept { return problem_; }

 private:
  bool fail(WireFault fault) noexcept {
    problem_.fault = fault;
    return false;
  }
  [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  bool put_bytes(const void* bytes, std::size_t count) noexcept {
    if (room() < count) return fail(WireFault::no_room);
    if (count > 0) std::memcpy(at_, bytes, count);
    at_ += count;
    return true;
  }
  template <typename Number>
  bool put(Number number) noexcept {
    if (room() < sizeof number) return fail(WireFault::no_room);
    std::memcpy(at_, &number, sizeof number);
    at_ += sizeof number;
    return true;
  }

  /// Leaves room for a count of bytes, writes the body and fills in the count.
  template <typename Body>
  bool write_counted(Body&& body) {
    if (depth_ == limits_.depth) return fail(WireFault::too_deep);
    std::byte* const count_at = at_;
    if (!put(std::uint32_t{0})) return false;
    ++depth_;
    if (!body()) return false;
    --depth_;
    const auto count = static_cast<std::uint32_t>(at_ - count_at - 4);
    std::memcpy(count_at, &count, sizeof count);
    return true;
  }

  bool write_text(std::string_view text) noexcept {
    if (text.size() > limits_.text_bytes) return fail(WireFault::text_too_long);
    return put(static_cast<std::uint32_t>(text.size())) && put_bytes(text.data(), text.size());
  }

  template <typename T>
  bool write_items(const T& items) {
    using Element = ElementOf<T>;
    if (items.size() > limits_.elements) return fail(WireFault::list_too_long);
    return write_counted([&] {
      if (!put(kKind<Element>) || !put(static_cast<std::uint32_t>(items.size()))) return false;
      if constexpr (kIsScalar<Element>) {
        return put_bytes(items.data(), items.size() * sizeof(Element));
      } else {
        for (const Element& item : items)
          if (!write(item)) return false;
        return true;
      }
    });
  }

  template <typename T>
  bool write(const T& value) {
    constexpr Shape kValue = kShape<T>;
    if constexpr (kValue == Shape::nothing) {
      return true;
    } else if constexpr (kIsScalar<T>) {
      return put(value);
    } else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text) {
      return write_text(value);
    } else if constexpr (kValue == Shape::structure) {
      return write_counted([&] { return write_fields(value); });
    } else if constexpr (kValue == Shape::maybe) {
      return write_counted(
          [&] { return !value.has_value() || (put(kKind<ElementOf<T>>) && write(*value)); });
    } else if constexpr (kValue == Shape::choice) {
      return write_counted([&] {
        if (value.valueless_by_exception()) return fail(WireFault::bad_alternative);
        return put(static_cast<std::uint8_t>(value.index())) &&
               std::visit([&]<typename Value>(
                              const Value& held) { return put(kKind<Value>) && write(held); },
                          value);
      });
    } else {
      return write_items(value);
    }
  }

  std::byte* const begin_;
  std::byte* at_;
  std::byte* const end_;
  const WireLimits& limits_;
  std::uint32_t depth_ = 0;
  WireProblem problem_;
};

}  // namespace mycelium::detail
