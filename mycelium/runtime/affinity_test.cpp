#include "mycelium/runtime/affinity.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace mycelium {
namespace {

// No machine has it that also fits into the kernel's mask of a test.
constexpr std::uint32_t kNowhere = CpuSet::kCpusMax - 1;

TEST(AffinityTest, AThreadRunsWhereItIsTold) {
  const CpuSet all = cpus_of_this_thread();
  ASSERT_FALSE(all.empty());
  const CpuSet last{all.cpus().back()};
  CpuSet seen;
  std::jthread{[&] {
    ASSERT_TRUE(run_this_thread_on(last));
    seen = cpus_of_this_thread();
  }}.join();
  EXPECT_EQ(seen, last);
  EXPECT_EQ(cpus_of_this_thread(), all) << "another thread has been moved";
}

TEST(AffinityTest, AnEmptySetChangesNothing) {
  const CpuSet before = cpus_of_this_thread();
  EXPECT_TRUE(run_this_thread_on({}));
  EXPECT_EQ(cpus_of_this_thread(), before);
}

TEST(AffinityTest, AProcessorThatIsNotThereIsRefused) {
  const CpuSet before = cpus_of_this_thread();
  EXPECT_FALSE(run_this_thread_on(kNowhere));
  EXPECT_FALSE(run_this_thread_on(CpuSet::kCpusMax + 5)) << "beyond what can be named";
  CpuSet asked = before;
  asked.add(kNowhere);
  EXPECT_EQ(unusable_among(asked), CpuSet{kNowhere});
  EXPECT_EQ(cpus_of_this_thread(), before) << "the look has moved the thread";
}

}  // namespace
}  // namespace mycelium
