#pragma once

#include <boost/mp11/algorithm.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <variant>

#include "mycelium/protocol/fixed_layout.hpp"
#include "mycelium/protocol/wire_kind.hpp"

namespace mycelium::detail {

/// Reads what `TaggedWriter` writes, of this version or another. Bytes come from anywhere: nothing
/// is read outside of them, nothing is allocated before its count has been compared with the bytes
/// that are there, and the first fault ends the reading.
///
/// Thread-safety: none. Memory: that of the values it fills.
class TaggedReader {
 public:
  TaggedReader(std::span<const std::byte> from, const WireLimits& limits) noexcept
      : at_{from.data()}, end_{from.data() + from.size()}, limits_{limits} {}

  /// Fills the fields that are there; the others become what they are in `T{}`.
  template <typename T>
  bool read_fields(T& value) {
    static_assert(kFieldCount<T> <= 64);
    std::uint64_t seen = 0;
    std::uint64_t bit = 1;
    // The sender's fields mostly come in our order; one look at each key is then all.
    const bool in_order = for_each_field<T>([&]<typename Field>() {
      if (next_is(kFieldKey<T, Field>)) {
        at_ += sizeof(std::uint32_t);
        if (!read_field<Field>(value)) return false;
        seen |= bit;
      }
      bit <<= 1;
      return true;
    });
    if (!in_order) return false;
    while (at_ != end_)
      if (!read_any_field(value, seen)) return false;
    if (seen != bit - 1) fill_missing(value, seen);
    problem_.reason = what_validate_says(value);
    return problem_.reason.empty() || fail(WireFault::refused);
  }

  [[nodiscard]] const WireProblem& problem() const noexcept { return problem_; }

 private:
  bool fail(WireFault fault) noexcept {
    problem_.fault = fault;
    return false;
  }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  [[nodiscard]] bool next_is(std::uint32_t key) const noexcept {
    std::uint32_t next;
    if (left() < sizeof next) return false;
    std::memcpy(&next, at_, sizeof next);
    return next == key;
  }
  template <typename Number>
  bool take(Number& number) noexcept {
    if (left() < sizeof number) return fail(WireFault::truncated);
    std::memcpy(&number, at_, sizeof number);
    at_ += sizeof number;
    return true;
  }

  /// Reads a count of bytes and runs `body` with those bytes as all there is. It must use them up.
  template <typename Body>
  bool read_counted(Body&& body) {
    std::uint32_t count;
    if (!take(count)) return false;
    if (count > left()) return fail(WireFault::truncated);
    if (depth_ == limits_.depth) return fail(WireFault::too_deep);
    const std::byte* const end = end_;
    end_ = at_ + count;
    ++depth_;
    if (!body()) return false;
    --depth_;
    if (at_ != end_) return fail(WireFault::bad_size);
    end_ = end;
    return true;
  }

  template <typename Field, typename T>
  bool read_field(T& value) {
    using Value = FieldType<T, Field>;
    bool read = false;
    if constexpr (kShape<Value> == Shape::maybe) {
      auto& member = value.*Field::pointer;
      if (!member.has_value()) member.emplace();
      read = this->read(*member);
    } else {
      read = this->read(value.*Field::pointer);
    }
    if (!read && problem_.field.empty()) problem_.field = Field::name;
    return read;
  }

  /// A field that is out of order, of a newer sender, or wrong.
  template <typename T>
  bool read_any_field(T& value, std::uint64_t& seen) {
    std::uint32_t key;
    if (!take(key)) return false;
    std::uint64_t bit = 1;
    bool known = false;
    const bool read = for_each_field<T>([&]<typename Field>() {
      if ((key ^ kFieldKey<T, Field>) >> kKindBits == 0) {
        known = true;
        problem_.field = Field::name;
        if (key != kFieldKey<T, Field>) return fail(WireFault::wrong_kind);
        if ((seen & bit) != 0) return fail(WireFault::duplicate_field);
        problem_.field = {};
        seen |= bit;
        return read_field<Field>(value);
      }
      bit <<= 1;
      return true;
    });
    return read && (known || skip(static_cast<std::uint8_t>(key & ((1U << kKindBits) - 1))));
  }

  bool skip(std::uint8_t kind) noexcept {
    std::size_t count = 0;
    if (kind < kCountedKinds) {
      if (wire_bytes(kind) < 0) return fail(WireFault::unknown_kind);
      count = static_cast<std::size_t>(wire_bytes(kind));
    } else {
      std::uint32_t counted;
      if (!take(counted)) return false;
      count = counted;
    }
    if (count > left()) return fail(WireFault::truncated);
    at_ += count;
    return true;
  }

  template <typename T>
  static void fill_missing(T& value, std::uint64_t seen) {
    T defaults{};
    std::uint64_t bit = 1;
    for_each_field<T>([&]<typename Field>() {
      if ((seen & bit) == 0) value.*Field::pointer = std::move(defaults.*Field::pointer);
      bit <<= 1;
      return true;
    });
  }

  template <typename T>
  bool take_kind() noexcept {
    WireKind kind;
    return take(kind) && (kind == kKind<T> || fail(WireFault::wrong_kind));
  }

  template <typename T>
  bool read_scalar(T& value) noexcept {
    if constexpr (kShape<T> == Shape::boolean) {
      std::uint8_t number;
      if (!take(number)) return false;
      if (number > 1) return fail(WireFault::bad_bool);
      value = number == 1;
      return true;
    } else if constexpr (kShape<T> == Shape::enumeration) {
      std::underlying_type_t<T> number;
      if (!take(number)) return false;
      if (!is_enumerator<T>(number)) return fail(WireFault::bad_enumerator);
      value = static_cast<T>(number);
      return true;
    } else {
      return take(value);
    }
  }

  template <typename T>
  bool read_text(T& text) {
    std::uint32_t count;
    if (!take(count)) return false;
    if (count > left()) return fail(WireFault::truncated);
    if (count > limits_.text_bytes) return fail(WireFault::text_too_long);
    const std::string_view bytes{reinterpret_cast<const char*>(at_), count};
    at_ += count;
    if constexpr (kShape<T> == Shape::fixed_text) {
      return text.assign(bytes) || fail(WireFault::text_too_long);
    } else {
      text.assign(bytes);
      return true;
    }
  }

  template <typename T>
  bool make_room(T& items, std::uint32_t count) {
    if constexpr (kShape<T> == Shape::array) {
      return count == items.size() || fail(WireFault::bad_count);
    } else if constexpr (kShape<T> == Shape::fixed_list) {
      return items.try_resize(count) || fail(WireFault::list_too_long);
    } else {
      items.resize(count);
      return true;
    }
  }

  template <typename T>
  bool read_items(T& items) {
    using Element = ElementOf<T>;
    // Each element takes at least its scalar, or the four bytes of its count.
    constexpr std::size_t kElementBytesMin = kIsScalar<Element> ? sizeof(Element) : 4;
    return read_counted([&] {
      std::uint32_t count;
      if (!take_kind<Element>() || !take(count)) return false;
      if (count > limits_.elements) return fail(WireFault::list_too_long);
      if (count > left() / kElementBytesMin) return fail(WireFault::truncated);
      if (!make_room(items, count)) return false;
      if constexpr (is_plain<Element>()) {
        if (count > 0) std::memcpy(static_cast<void*>(items.data()), at_, count * sizeof(Element));
        at_ += count * sizeof(Element);
        return true;
      } else {
        for (Element& item : items)
          if (!read(item)) return false;
        return true;
      }
    });
  }

  template <typename T>
  bool read_choice(T& choice) {
    return read_counted([&] {
      std::uint8_t index;
      if (!take(index)) return false;
      if (index >= std::variant_size_v<T>) return fail(WireFault::bad_alternative);
      return boost::mp11::mp_with_index<std::variant_size_v<T>>(index, [&](auto held) {
        using Value = std::variant_alternative_t<held.value, T>;
        if (choice.index() != held.value) choice.template emplace<held.value>();
        return take_kind<Value>() && read(std::get<held.value>(choice));
      });
    });
  }

  template <typename T>
  bool read_maybe(T& value) {
    return read_counted([&] {
      value.reset();
      return at_ == end_ || (take_kind<ElementOf<T>>() && read(value.emplace()));
    });
  }

  template <typename T>
  bool read(T& value) {
    constexpr Shape kValue = kShape<T>;
    if constexpr (kValue == Shape::nothing)
      return true;
    else if constexpr (kIsScalar<T>)
      return read_scalar(value);
    else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text)
      return read_text(value);
    else if constexpr (kValue == Shape::structure)
      return read_counted([&] { return read_fields(value); });
    else if constexpr (kValue == Shape::maybe)
      return read_maybe(value);
    else if constexpr (kValue == Shape::choice)
      return read_choice(value);
    else
      return read_items(value);
  }

  const std::byte* at_;
  const std::byte* end_;
  const WireLimits& limits_;
  std::uint32_t depth_ = 0;
  WireProblem problem_;
};

}  // namespace mycelium::detail
