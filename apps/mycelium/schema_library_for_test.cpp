#include "mycelium/protocol/schema_of.hpp"

namespace {

struct Quote {
  std::int64_t bid = 0;
  std::int64_t ask = 0;
};
MYCELIUM_MESSAGE(Quote, 11, "market.quote", bid, ask)

struct Note {
  std::uint32_t id = 0;
  std::string text;
};
MYCELIUM_MESSAGE(Note, 12, "desk.note", id, text)

}  // namespace

MYCELIUM_EXPORT_SCHEMA(Quote, Note)
