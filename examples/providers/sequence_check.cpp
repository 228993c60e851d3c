#include "providers/sequence_check.hpp"

#include <utility>

namespace providers {

void SequenceCheck::take(const MarketData& data) noexcept {
  const bool is_frame = data.kind != DataKind::snapshot && data.kind != DataKind::end;
  if (!std::exchange(has_begun_, true)) last_ = is_frame ? data.sequence - 1 : data.sequence;
  if (is_frame && data.sequence <= last_) return repeated_.add();
  miss_up_to(is_frame ? data.sequence - 1 : data.sequence);
  if (is_frame) {
    last_ = data.sequence;
    received_.add();
  }
  if (data.kind == DataKind::end) {
    total_.raise_to(data.sequence);
    has_ended_.raise_to(1);
  }
}

void SequenceCheck::miss_up_to(std::uint64_t sequence) noexcept {
  if (sequence <= last_) return;
  gaps_.add();
  missed_.add(sequence - last_);
  last_ = sequence;
}

}  // namespace providers
