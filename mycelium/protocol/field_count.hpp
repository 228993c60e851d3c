#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

namespace mycelium::detail {

/// Stands for a value of any type in an initialisation that is only looked at.
struct AnyLvalue {
  std::size_t number;
  template <typename T>
  operator T&() const& noexcept;  // NOLINT: converting is its purpose.
  template <typename T>
  operator T&() const&& noexcept;  // NOLINT
};
struct AnyRvalue {
  std::size_t number;
  template <typename T>
  operator T() const&& noexcept;  // NOLINT
};

template <typename T, typename Any, std::size_t... kNumbers>
consteval bool takes_values(std::index_sequence<kNumbers...>) {
  return requires { T{Any{kNumbers}...}; };
}

template <typename T, std::size_t kCount>
consteval bool takes_values() {
  if constexpr (std::is_copy_constructible_v<T>)
    return takes_values<T, AnyLvalue>(std::make_index_sequence<kCount>{});
  else
    return takes_values<T, AnyRvalue>(std::make_index_sequence<kCount>{});
}

/// Whether an aggregate has exactly so many fields: it can be made of as many values and of no
/// more.
///
/// Boost.PFR counts fields too, but g++ 12 crashes on its way when one of them is an array of
/// strings.
template <typename T, std::size_t kCount>
consteval bool has_fields() {
  return takes_values<T, kCount>() && !takes_values<T, kCount + 1>();
}

}  // namespace mycelium::detail
