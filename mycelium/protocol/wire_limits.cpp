#include "mycelium/protocol/wire_limits.hpp"

#include <fmt/format.h>

#include <array>

namespace mycelium::detail {
namespace {

struct Words {
  const char* code;
  const char* sentence;
};

// In the order of WireFault.
constexpr std::array<Words, 16> kWords{{
    {"none", "is well"},
    {"truncated", "ends behind the end of what was received; the sender's encoding is broken"},
    {"too_large", "is larger than WireLimits::message_bytes allows; raise it on both sides"},
    {"text_too_long",
     "has a text longer than the limit or its FixedString; shorten it, or raise "
     "WireLimits::text_bytes on both sides"},
    {"list_too_long",
     "has more elements than the limit or its FixedVector; send fewer, or raise "
     "WireLimits::elements on both sides"},
    {"too_deep", "has more values inside each other than WireLimits::depth allows"},
    {"wrong_kind", "has another type at the sender; give the changed field a new name"},
    {"unknown_kind", "has a kind that version 1 of the wire does not know; the sender is newer"},
    {"bad_bool", "is a bool that is neither 0 nor 1"},
    {"bad_enumerator", "has a value that is no enumerator here; the sender may be newer"},
    {"bad_count", "has another number of elements at the sender"},
    {"bad_alternative", "has an alternative that is unknown here; the sender may be newer"},
    {"duplicate_field", "comes twice"},
    {"bad_size", "has a size that no description of it has"},
    {"refused", "was refused by its own validate()"},
    {"no_room", "does not fit into the buffer it is encoded into"},
}};

}  // namespace

Error wire_error(std::string_view message, const WireProblem& problem) {
  const Words& words = kWords[static_cast<std::size_t>(problem.fault)];
  std::string text = fmt::format("message {}", message);
  if (!problem.field.empty()) text += fmt::format(", field {}", problem.field);
  text += fmt::format(": {}", words.sentence);
  if (!problem.reason.empty()) text += fmt::format(": {}", problem.reason);
  return Error{words.code, std::move(text)};
}

}  // namespace mycelium::detail
