#include "mycelium/config/nearest_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mycelium/base/assert.hpp"
#include "mycelium/config/diagnostic.hpp"

namespace mycelium {
namespace {

constexpr std::size_t kLimitMax = 8;              // Bounds the band kept on the stack.
constexpr std::size_t kBand = 2 * kLimitMax + 1;  // Cells around the diagonal that can matter.
using Row = std::array<std::size_t, kBand + 2>;   // One sentinel cell on either side.
constexpr std::size_t kFar = kLimitMax + 1;       // Anything beyond the limit.

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                              : character;
}

bool same(char left, char right) { return lower(left) == lower(right); }

}  // namespace

// Rows follow `left`; cell `c` of row `i` stands for the prefix of `right` of length i + c -
// centre. Prefixes further than `limit` from the diagonal cost more than `limit` and are never
// looked at.
std::optional<std::size_t> edit_distance(std::string_view left, std::string_view right,
                                         std::size_t limit) {
  MYCELIUM_ASSERT(limit <= kLimitMax, "edit_distance compares up to 8 edits");
  const std::size_t difference =
      std::max(left.size(), right.size()) - std::min(left.size(), right.size());
  if (difference > limit) return std::nullopt;

  const std::size_t centre = limit + 1;  // Cell 0 is the left sentinel.
  Row older{};
  Row old{};
  Row row{};
  old.fill(kFar);
  row.fill(kFar);
  for (std::size_t edits = 0; edits <= limit; ++edits) row[centre + edits] = edits;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    older = old;
    old = row;
    row.fill(kFar);
    std::size_t best = kFar;
    for (std::size_t cell = 1; cell <= 2 * limit + 1; ++cell) {
      if (i + cell < centre || i + cell - centre > right.size()) continue;
      const std::size_t j = i + cell - centre;
      std::size_t edits = std::min(old[cell + 1], row[cell - 1]) + 1;  // Delete, insert.
      if (j == 0) {
        edits = i;
      } else {
        edits = std::min(edits, old[cell] + (same(left[i - 1], right[j - 1]) ? 0 : 1));
        if (i > 1 && j > 1 && same(left[i - 1], right[j - 2]) && same(left[i - 2], right[j - 1])) {
          edits = std::min(edits, older[cell] + 1);
        }
      }
      row[cell] = std::min(edits, kFar);
      best = std::min(best, row[cell]);
    }
    if (best > limit) return std::nullopt;
  }
  const std::size_t distance = row[centre + right.size() - left.size()];
  if (distance > limit) return std::nullopt;
  return distance;
}

std::size_t nearest_name_distance_max(std::string_view word) noexcept {
  return std::clamp<std::size_t>(word.size() / 3, 1, 3);
}

std::string suggestion(const std::optional<std::string>& name) {
  return name ? fmt::format("; did you mean {}?", quote(*name)) : std::string{};
}

}  // namespace mycelium
