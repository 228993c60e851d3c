#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/codec.hpp"

namespace mycelium {

/// Numbers or times where they lie in the bytes of a message, which need not be aligned.
template <typename T>
class PackedList {
 public:
  constexpr PackedList() noexcept = default;
  PackedList(const std::byte* items, std::size_t count) noexcept : items_{items}, count_{count} {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// Requires: index < size().
  [[nodiscard]] T operator[](std::size_t index) const noexcept {
    MYCELIUM_DASSERT(index < count_, "beyond the end of the list");
    T item;
    std::memcpy(&item, items_ + index * sizeof(T), sizeof(T));
    return item;
  }

 private:
  const std::byte* items_ = nullptr;
  std::size_t count_ = 0;
};

/// A message of tagged fields read where it lies: texts and lists of numbers without a copy and
/// without memory.
///
///     Result<MessageView<Order>> order = MessageView<Order>::open(frame.payload);
///     std::string_view note = order->get<&Order::note>();
///
/// `open` looks at each field of the message itself, not into structures, variants and lists of
/// others: whoever needs those decodes. Thread-safety: a value. Memory: 4 bytes a field; the bytes
/// must live as long as the view. Errors: as `decode`; `validate` is not asked.
template <Message M>
class MessageView {
  static_assert(detail::check_message<M>());
  static_assert(kWireForm<M> == WireForm::tagged, "a fixed layout is read with read_in_place");

 public:
  [[nodiscard]] static Result<MessageView> open(std::span<const std::byte> from,
                                                const WireLimits& limits = {}) {
    MessageView view{from};
    detail::WireProblem problem;
    if (from.size() > limits.message_bytes)
      problem.fault = detail::WireFault::too_large;
    else if (view.find_fields(limits, problem))
      return view;
    return std::unexpected{detail::wire_error(kTraits<M>.name, problem)};
  }

  /// The field: a number, time, bool or enum as itself, a text as `std::string_view`, a list of
  /// numbers or times as `PackedList`. One that the sender did not know, or an optional without
  /// value, is zero or empty; `has` tells.
  template <auto kField>
  [[nodiscard]] auto get() const noexcept {
    return value_at<std::remove_cvref_t<decltype(std::declval<M&>().*kField)>>(
        starts_[index_of<kField>()]);
  }
  template <auto kField>
  [[nodiscard]] bool has() const noexcept {
    return starts_[index_of<kField>()] != 0;
  }

 private:
  explicit MessageView(std::span<const std::byte> from) noexcept : bytes_{from} {}

  template <auto kField>
  static consteval std::size_t index_of() {
    std::size_t index = 0;
    const bool passed_all = for_each_field<M>([&]<typename Field>() {
      if constexpr (std::is_same_v<decltype(Field::pointer), decltype(kField)> ||
                    std::is_same_v<std::remove_cv_t<decltype(Field::pointer)>, decltype(kField)>) {
        if (Field::pointer == kField) return false;
      }
      ++index;
      return true;
    });
    return passed_all ? kFieldCount<M> : index;
  }

  template <typename T>
  [[nodiscard]] auto value_at(std::size_t start) const noexcept {
    constexpr Shape kValue = kShape<T>;
    const std::byte* const at = bytes_.data() + start;
    if constexpr (kValue == Shape::maybe) {
      return value_at<ElementOf<T>>(start);
    } else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text) {
      if (start == 0) return std::string_view{};
      return std::string_view{reinterpret_cast<const char*>(at) + detail::kCountBytes,
                              number_at(start)};
    } else if constexpr (detail::kKind<T> == WireKind::list) {
      using Element = ElementOf<T>;
      static_assert(detail::is_plain<Element>(),
                    "a view gives lists of numbers and times only; decode the message");
      if (start == 0) return PackedList<Element>{};
      return PackedList<Element>{at + detail::kListHeadBytes,
                                 number_at(start + detail::kCountBytes + 1)};
    } else {
      static_assert(detail::kIsScalar<T>,
                    "a view gives numbers, texts and lists of numbers only; decode the message");
      T value{};
      if (start != 0) std::memcpy(&value, at, sizeof value);
      return value;
    }
  }

  [[nodiscard]] std::uint32_t number_at(std::size_t at) const noexcept {
    std::uint32_t number;
    std::memcpy(&number, bytes_.data() + at, sizeof number);
    return number;
  }

  bool find_fields(const WireLimits& limits, detail::WireProblem& problem) {
    std::size_t at = 0;
    while (at < bytes_.size()) {
      if (bytes_.size() - at < detail::kKeyBytes)
        return refuse(problem, detail::WireFault::truncated);
      const std::uint32_t key = number_at(at);
      at += detail::kKeyBytes;
      const auto size = value_bytes(static_cast<std::uint8_t>(key & 31U), at, problem);
      if (size == detail::kUnbounded || !note(key, at, size, limits, problem)) return false;
      at += size;
    }
    return true;
  }

  static bool refuse(detail::WireProblem& problem, detail::WireFault fault) {
    problem.fault = fault;
    return false;
  }

  /// How many bytes the value at `at` takes; kUnbounded: a fault.
  std::size_t value_bytes(std::uint8_t kind, std::size_t at, detail::WireProblem& problem) const {
    const std::size_t left = bytes_.size() - at;
    std::size_t size = 0;
    if (kind >= kCountedKinds) {
      if (left >= detail::kCountBytes) size = number_at(at);
      size += detail::kCountBytes;
    } else if (wire_bytes(kind) >= 0) {
      size = static_cast<std::size_t>(wire_bytes(kind));
    } else {
      problem.fault = detail::WireFault::unknown_kind;
      return detail::kUnbounded;
    }
    if (size <= left) return size;
    problem.fault = detail::WireFault::truncated;
    return detail::kUnbounded;
  }

  /// Remembers where the field of this key lies, if it is one of ours.
  bool note(std::uint32_t key, std::size_t at, std::size_t size, const WireLimits& limits,
            detail::WireProblem& problem) {
    std::size_t index = 0;
    return for_each_field<M>([&]<typename Field>() {
      constexpr std::uint32_t kKey = detail::kFieldKey<M, Field>;
      const std::size_t mine = index++;
      if ((key ^ kKey) >> kKindBits != 0) return true;
      problem.field = Field::name;
      if (key != kKey) return refuse(problem, detail::WireFault::wrong_kind);
      if (starts_[mine] != 0) return refuse(problem, detail::WireFault::duplicate_field);
      if (!check_value<FieldType<M, Field>>(at, size, limits, problem)) return false;
      starts_[mine] = static_cast<std::uint32_t>(at);
      problem.field = {};
      return true;
    });
  }

  template <typename T>
  bool check_value(std::size_t at, std::size_t size, const WireLimits& limits,
                   detail::WireProblem& problem) const {
    constexpr Shape kValue = kShape<T>;
    if constexpr (kValue == Shape::maybe) {
      return check_value<ElementOf<T>>(at, size, limits, problem);
    } else if constexpr (kValue == Shape::boolean || kValue == Shape::enumeration) {
      return detail::check_fixed<T>(bytes_.data() + at, problem);
    } else if constexpr (kValue == Shape::text || kValue == Shape::fixed_text) {
      std::size_t bytes_max = limits.text_bytes;
      if constexpr (kValue == Shape::fixed_text) bytes_max = std::min(bytes_max, T::kBytesMax);
      return size - detail::kCountBytes <= bytes_max ||
             refuse(problem, detail::WireFault::text_too_long);
    } else if constexpr (detail::kKind<T> == WireKind::list) {
      return check_list<T>(at, size, limits, problem);
    } else {
      return true;
    }
  }

  template <typename T>
  bool check_list(std::size_t at, std::size_t size, const WireLimits& limits,
                  detail::WireProblem& problem) const {
    using Element = ElementOf<T>;
    if (size < detail::kListHeadBytes) return refuse(problem, detail::WireFault::truncated);
    if (bytes_[at + detail::kCountBytes] != static_cast<std::byte>(detail::kKind<Element>))
      return refuse(problem, detail::WireFault::wrong_kind);
    const std::size_t count = number_at(at + detail::kCountBytes + 1);
    std::size_t count_max = limits.elements;
    if constexpr (kShape<T> != Shape::list)
      count_max = std::min(count_max, detail::ShapeOf<T>::kCount);
    if (count > count_max) return refuse(problem, detail::WireFault::list_too_long);
    if constexpr (kShape<T> == Shape::array)
      if (count != detail::ShapeOf<T>::kCount) return refuse(problem, detail::WireFault::bad_count);
    if constexpr (detail::is_plain<Element>())
      return size - detail::kListHeadBytes == count * sizeof(Element) ||
             refuse(problem, detail::WireFault::bad_size);
    return true;
  }

  std::span<const std::byte> bytes_;
  std::array<std::uint32_t, kFieldCount<M> + 1> starts_{};  ///< 0: it is not there.
};

}  // namespace mycelium
