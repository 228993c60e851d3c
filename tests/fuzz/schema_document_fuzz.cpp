// Any bytes as schema documents: no crash, no hang; what is accepted is written and read as the
// same, and compares with itself and with the document before it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/compatibility.hpp"

// The input is one document, or two with a line of its own between them: `---`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace mycelium;
  const std::string_view text{reinterpret_cast<const char*>(bytes), count};
  constexpr std::string_view kBetween = "\n---\n";
  const std::size_t between = text.find(kBetween);
  const auto before = parse_schema(text.substr(0, between));
  if (!before) {
    MYCELIUM_ASSERT(!before.error().message.empty(), "a refusal has a sentence");
    return 0;
  }
  const auto again = parse_schema(json_of(*before));
  MYCELIUM_ASSERT(again && *again == *before, "a schema survives its document");
  MYCELIUM_ASSERT(digest_of(*again) == digest_of(*before), "so does its digest");
  MYCELIUM_ASSERT(compare_schemas(*before, *again).compatibility() == Compatibility::full,
                  "a schema is compatible with itself");
  if (between == std::string_view::npos) return 0;
  const auto after = parse_schema(text.substr(between + kBetween.size()));
  if (!after) return 0;
  for (const SchemaFinding& finding : compare_schemas(*before, *after).findings)
    MYCELIUM_ASSERT(!finding.sentence.empty(), "a finding has a sentence");
  static_cast<void>(objection_to_link(*before, *after));
  return 0;
}
