#include "mycelium/config/cpu_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mycelium {
namespace {

using testing::ElementsAre;

TEST(CpuSetTest, KeepsEachProcessorOnceInOrder) {
  CpuSet cpus{5, 2, 5};
  cpus.add(CpuSet{3, 2});
  EXPECT_THAT(cpus.cpus(), ElementsAre(2U, 3U, 5U));
}

TEST(CpuSetTest, IsWrittenAsTheKernelWritesIt) {
  EXPECT_EQ(text_of({}), "");
  EXPECT_EQ(text_of(7), "7");
  EXPECT_EQ(text_of({0, 2, 3, 4, 5, 9, 10}), "0,2-5,9-10");
}

TEST(CpuSetTest, AListOfThemIsWrittenAsNumbersAndSets) {
  const std::vector<CpuSet> cpus{2, {4, 5}};
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0], CpuSet{2});
  EXPECT_EQ(text_of(cpus[1]), "4-5");
}

}  // namespace
}  // namespace mycelium
