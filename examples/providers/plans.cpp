#include "providers/plans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <vector>

#include "mycelium/config/duration.hpp"
#include "mycelium/config/nearest_name.hpp"
#include "providers/provider.hpp"

namespace providers {
namespace {

constexpr std::array<std::string_view, 3> kFaultNames{"drop", "corrupt", "hang"};

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (const auto part : std::views::split(text, ':')) parts.emplace_back(part);
  return parts;
}

mycelium::Result<std::uint32_t> index_of(std::string_view name) {
  const auto* const found = std::ranges::find(kProviders, name);
  if (found != kProviders.end()) return static_cast<std::uint32_t>(found - kProviders.begin());
  return mycelium::fail(
      "unknown_provider",
      fmt::format("there is no provider \"{}\": they are {}{}", name, fmt::join(kProviders, ", "),
                  mycelium::suggestion(mycelium::nearest_name(name, kProviders))));
}

}  // namespace

std::string_view name_of(FaultKind kind) noexcept {
  return kFaultNames[static_cast<std::size_t>(kind)];
}

mycelium::Result<VenueFault> parse_fault(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return mycelium::fail("bad_fault",
                          fmt::format("\"{}\" is no fault: {}; write NAME:AT or NAME:AT:KIND, such "
                                      "as usdm_btcusdt:1s or usdm_btcusdt:1s:corrupt",
                                      text, why));
  };
  const auto parts = parts_of(text);
  if (parts.size() < 2 || parts.size() > 3) return refuse("it has two or three parts");
  const auto index = index_of(parts[0]);
  if (!index) return std::unexpected{index.error()};
  const auto at = mycelium::parse_duration(parts[1]);
  if (!at) return refuse(at.error().message);
  VenueFault fault{std::string{parts[0]}, *at};
  if (parts.size() == 3) {
    const auto* const kind = std::ranges::find(kFaultNames, parts[2]);
    if (kind == kFaultNames.end()) return refuse("its kind is drop, corrupt or hang");
    fault.kind = static_cast<FaultKind>(kind - kFaultNames.begin());
  }
  return fault;
}

mycelium::Result<Interruption> parse_interruption(std::string_view text, bool closes) {
  const auto refuse = [&](std::string_view why) {
    return mycelium::fail(
        "bad_interruption",
        fmt::format("\"{}\" is no interruption: {}; write NAME:AT:LENGTH, such as "
                    "cm_btcusd_perp:1s:500ms",
                    text, why));
  };
  const auto parts = parts_of(text);
  if (parts.size() != 3) return refuse("it has three parts");
  const auto index = index_of(parts[0]);
  if (!index) return std::unexpected{index.error()};
  const auto at = mycelium::parse_duration(parts[1]);
  if (!at) return refuse(at.error().message);
  const auto length = mycelium::parse_duration(parts[2]);
  if (!length) return refuse(length.error().message);
  return Interruption{*index, *at, *length, closes};
}

}  // namespace providers
