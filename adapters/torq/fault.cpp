#include "adapters/torq/fault.hpp"

#include <fmt/format.h>

#include "adapters/torq/tlv_type.hpp"

namespace torq {
namespace {

std::string describe_size(const Fault& fault) {
  std::string text = fmt::format("{} ({}) has {} bytes; its size is {}", type_rule(fault.type).name,
                                 fault.type, fault.found, fault.expected);
  if (fault.type == WireLayout<Quote>::kType) text += " (an old table says 52)";
  return text;
}

}  // namespace

std::string describe(const Fault& fault) {
  switch (fault.code) {
    case FaultCode::bad_magic:
      return "no message starts here: a message starts with ef be ad de";
    case FaultCode::bad_version:
      return fmt::format("version {}; this reads version {}", fault.found, fault.expected);
    case FaultCode::bad_domain:
      return fmt::format("domain byte {}; domains are {} to {} here (see the domain base)",
                         fault.found, fault.expected, fault.expected + 3);
    case FaultCode::truncated:
      return fmt::format("the input ends after {} of the message's {} bytes", fault.found,
                         fault.expected);
    case FaultCode::too_large:
      return fmt::format("a message of {} bytes; its domain's limit is {}", fault.found,
                         fault.expected);
    case FaultCode::bad_checksum:
      if (fault.found == 0)
        return fmt::format("no checksum where one is required; it would be {:08x}", fault.expected);
      return fmt::format("checksum {:08x}; the bytes give {:08x}", fault.found, fault.expected);
    case FaultCode::bad_size:
      return describe_size(fault);
    case FaultCode::truncated_tlv:
      return fmt::format("the TLV at byte {} needs {} bytes; the message has {} left", fault.at,
                         fault.expected, fault.found);
    case FaultCode::bad_extended_tlv:
      return fmt::format("the second byte of the extended TLV at byte {} is {}; it must be 0",
                         fault.at, fault.found);
  }
  return "unknown fault";
}

}  // namespace torq
