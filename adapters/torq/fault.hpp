#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace torq {

/// What can be wrong with the bytes of a message, in the order in which it is looked for.
enum class FaultCode : std::uint8_t {
  bad_magic,         ///< No message starts here.
  bad_version,       ///< A header of another version.
  bad_domain,        ///< A domain outside `domain_base` .. `domain_base` + 3.
  truncated,         ///< The input ends inside the message.
  too_large,         ///< Above the limit of its domain.
  bad_checksum,      ///< Another sum than the bytes', or none where one is required.
  bad_size,          ///< A TLV of a fixed-size type has another size.
  truncated_tlv,     ///< A TLV reaches beyond its message.
  bad_extended_tlv,  ///< The second byte of an extended TLV is not zero.
};

inline constexpr std::size_t kFaultCodes = 9;
inline constexpr std::array<std::string_view, kFaultCodes> kFaultNames{
    "bad_magic",    "bad_version", "bad_domain",    "truncated",       "too_large",
    "bad_checksum", "bad_size",    "truncated_tlv", "bad_extended_tlv"};

[[nodiscard]] constexpr std::string_view name_of(FaultCode code) noexcept {
  return kFaultNames[static_cast<std::size_t>(code)];
}

/// One fault: a small value, made without allocation on the way of every bad message.
struct Fault {
  FaultCode code;
  std::uint8_t type = 0;       ///< Of the TLV, where it is one's fault.
  std::uint32_t at = 0;        ///< Bytes from the message's start to what is wrong.
  std::uint64_t found = 0;     ///< What stands there.
  std::uint64_t expected = 0;  ///< What should, where that is one number.

  friend bool operator==(const Fault&, const Fault&) = default;
};

/// One sentence for people: what is wrong and what was expected.
[[nodiscard]] std::string describe(const Fault& fault);

}  // namespace torq
