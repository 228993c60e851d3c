#include "mycelium/config/cpu_set.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mycelium {

void CpuSet::add(std::uint32_t cpu) {
  const auto at = std::lower_bound(cpus_.begin(), cpus_.end(), cpu);
  if (at == cpus_.end() || *at != cpu) cpus_.insert(at, cpu);
}

std::string text_of(const CpuSet& cpus) {
  std::string text;
  const auto& all = cpus.cpus();
  for (auto first = all.begin(); first != all.end();) {
    auto last = first;
    while (last + 1 != all.end() && *(last + 1) == *last + 1) ++last;
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", *first) : fmt::format("{}-{}", *first, *last);
    first = last + 1;
  }
  return text;
}

}  // namespace mycelium
