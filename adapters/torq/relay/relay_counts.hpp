#pragma once

#include <array>
#include <cstdint>

#include "adapters/torq/stream_reader.hpp"
#include "mycelium/telemetry/counter.hpp"

namespace torq {

/// What came over relay sockets and what became of it. One thread writes, any thread reads.
struct ReceivedCounts {
  mycelium::Counter messages;  ///< Valid ones.
  mycelium::Counter skipped_bytes;
  mycelium::Counter unknown_tlvs;
  std::array<mycelium::Counter, kFaultCodes> faults;  ///< By `FaultCode`.

  void add(const StreamMessage& event) noexcept {
    messages.add();
    unknown_tlvs.add(event.message.unknown_tlvs);
  }
  void add(const StreamFault& event) noexcept {
    faults[static_cast<std::size_t>(event.fault.code)].add();
    skipped_bytes.add(event.skipped);
  }
  [[nodiscard]] std::uint64_t faults_in_all() const noexcept {
    std::uint64_t sum = 0;
    for (const mycelium::Counter& count : faults) sum += count.value();
    return sum;
  }
};

}  // namespace torq
