#pragma once

#include <array>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <string_view>

#include "adapters/torq/header.hpp"
#include "adapters/torq/wire_layout.hpp"

namespace torq {

/// The marker that begins an extended TLV; no type.
inline constexpr std::uint8_t kExtendedMarker = 255;

/// What is known of a TLV type.
struct TypeRule {
  std::string_view name = "unknown";
  SizeRule rule = SizeRule::unknown;
  std::uint32_t bytes = 0;  ///< Of what is read as the payload.
};

[[nodiscard]] constexpr bool is_vendor(std::uint8_t type) noexcept {
  return type >= 200 && type <= 254;
}

namespace detail {

consteval std::array<TypeRule, 256> make_type_rules() {
  std::array<TypeRule, 256> rules{};
  for (int type = 200; type <= 254; ++type) rules[static_cast<std::size_t>(type)].name = "vendor";
  boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, AllPayloads>>(
      [&]<typename P>(std::type_identity<P>) {
        using Layout = WireLayout<P>;
        rules[Layout::kType] = {mycelium::kTraits<P>.name, Layout::kRule,
                                static_cast<std::uint32_t>(Layout::kBytes)};
      });
  return rules;
}

inline constexpr std::array<TypeRule, 256> kTypeRules = make_type_rules();

}  // namespace detail

/// O(1). Unknown types have the rule `unknown`.
[[nodiscard]] constexpr const TypeRule& type_rule(std::uint8_t type) noexcept {
  return detail::kTypeRules[type];
}

/// The relay on which a type belongs by its range: 1-19 market data, 20-39 and 60-79 signal, 40-59
/// execution, all others system.
[[nodiscard]] constexpr Domain domain_of(std::uint8_t type) noexcept {
  if (type >= 1 && type <= 19) return Domain::market_data;
  if ((type >= 20 && type <= 39) || (type >= 60 && type <= 79)) return Domain::signal;
  if (type >= 40 && type <= 59) return Domain::execution;
  return Domain::system;
}

}  // namespace torq
