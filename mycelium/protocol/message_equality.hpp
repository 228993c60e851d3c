#pragma once

#include <boost/mp11/algorithm.hpp>
#include <cstddef>
#include <variant>

#include "mycelium/protocol/member_shape.hpp"

namespace mycelium {

namespace detail {

template <typename T>
[[nodiscard]] bool equal_values(const T& left, const T& right) {
  constexpr Shape kValue = kShape<T>;
  if constexpr (kValue == Shape::structure) {
    return for_each_field<T>([&]<typename Field>() {
      return equal_values(left.*Field::pointer, right.*Field::pointer);
    });
  } else if constexpr (kValue == Shape::array || kValue == Shape::fixed_list ||
                       kValue == Shape::list) {
    if (left.size() != right.size()) return false;
    for (std::size_t index = 0; index < left.size(); ++index)
      if (!equal_values(left[index], right[index])) return false;
    return true;
  } else if constexpr (kValue == Shape::maybe) {
    return left && right ? equal_values(*left, *right) : !left && !right;
  } else if constexpr (kValue == Shape::choice) {
    if (left.index() != right.index()) return false;
    return left.valueless_by_exception() ||
           boost::mp11::mp_with_index<std::variant_size_v<T>>(left.index(), [&](auto index) {
             return equal_values(std::get<index.value>(left), std::get<index.value>(right));
           });
  } else {
    return left == right;
  }
}

}  // namespace detail

/// Whether all fields are equal, those of structures inside too; so no `operator==` need be
/// written. Numbers compare as C++ does: a NaN differs from itself.
template <Message M>
  requires detail::Described<M>
[[nodiscard]] bool same_fields(const M& left, const M& right) {
  return detail::equal_values(left, right);
}

}  // namespace mycelium
