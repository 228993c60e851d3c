#include "mycelium/telemetry/counter.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

#include "mycelium/telemetry/gauge.hpp"

namespace mycelium {
namespace {

TEST(Counter, AddsRaisesAndResets) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0U);
  counter.add();
  counter.add(4);
  EXPECT_EQ(counter.value(), 5U);
  counter.raise_to(3);  // Never lowers.
  EXPECT_EQ(counter.value(), 5U);
  counter.raise_to(9);
  EXPECT_EQ(counter.value(), 9U);
  counter.reset();
  EXPECT_EQ(counter.value(), 0U);
}

TEST(Counter, AReaderSeesItNeverGoBackAndInTheEndExactly) {
  constexpr std::uint64_t kAdds = 200'000;
  Counter counter;
  std::uint64_t backwards = 0;
  {
    const std::jthread writer{[&] {
      for (std::uint64_t add = 0; add < kAdds; ++add) counter.add();
    }};
    for (std::uint64_t last = 0; last < kAdds;) {
      const std::uint64_t value = counter.value();
      if (value < last) ++backwards;
      last = value;
    }
  }
  EXPECT_EQ(backwards, 0U);
  EXPECT_EQ(counter.value(), kAdds);
}

TEST(Gauge, HoldsWhatWasSetAndAdded) {
  Gauge gauge;
  gauge.set(-5);
  gauge.add(7);
  EXPECT_EQ(gauge.value(), 2);
}

}  // namespace
}  // namespace mycelium
