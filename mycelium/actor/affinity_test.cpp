// Which processors the threads of a system run on.
#include "mycelium/runtime/affinity.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>
#include <string>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Where {};
MYCELIUM_MESSAGE(Where, 395, "test.where")

/// Where the threads run that one pinned actor works with.
struct Places {
  CpuSet own;
  CpuSet offloaded;
  CpuSet dedicated;
  std::latch told{3};
};

/// Notes where its thread runs.
class Noting {
 public:
  using Handles = Messages<Where>;
  Noting(CpuSet& place, std::latch& told) {
    place = cpus_of_this_thread();
    told.count_down();
  }
  void handle(const Where&) {}
};

/// Spawns a dedicated actor and offloads work, both from its own worker.
class Pinned {
 public:
  using Handles = Messages<Where>;
  explicit Pinned(Places& places) : places_{&places} {}
  Task<> handle(const Where&, Context& context) {
    places_->own = cpus_of_this_thread();
    places_->told.count_down();
    context.spawn("dedicated",
                  [places = places_](Context&) { return Noting{places->dedicated, places->told}; },
                  {.dedicated = true});
    const auto place = co_await context.offload([] { return cpus_of_this_thread(); });
    places_->offloaded = place;
    places_->told.count_down();
  }

 private:
  Places* places_;
};

void run(Places& places, const SystemOptions& options) {
  System system{options};
  const auto pinned =
      system.spawn("pinned", [&](Context&) { return Pinned{places}; }, {.worker = 0});
  ASSERT_EQ(pinned.try_send(Where{}), SendResult::ok);
  places.told.wait();
}

TEST(SystemCpus, OtherThreadsDoNotShareTheProcessorOfThePinnedWorkerThatStartsThem) {
  const CpuSet all = cpus_of_this_thread();
  const CpuSet first{all.cpus().front()};
  Places places;
  run(places, {.idle = Idle::sleep, .cpus = {first}});
  EXPECT_EQ(places.own, first);
  EXPECT_EQ(places.offloaded, all);
  EXPECT_EQ(places.dedicated, all);
}

TEST(SystemCpus, OtherThreadsRunWhereTheyAreTold) {
  const CpuSet all = cpus_of_this_thread();
  const CpuSet first{all.cpus().front()};
  const CpuSet last{all.cpus().back()};
  Places places;
  run(places, {.idle = Idle::sleep, .cpus = {first}, .other_cpus = last});
  EXPECT_EQ(places.own, first);
  EXPECT_EQ(places.offloaded, last);
  EXPECT_EQ(places.dedicated, last);
}

TEST(SystemCpus, AWorkerMayHaveSeveral) {
  const CpuSet all = cpus_of_this_thread();
  Places places;
  run(places, {.idle = Idle::sleep, .cpus = {all}});
  EXPECT_EQ(places.own, all);
}

TEST(SystemCpus, AWorkerBehindAnEmptySetIsAsOthers) {
  const CpuSet all = cpus_of_this_thread();
  Places places;
  run(places, {.workers = 2, .idle = Idle::sleep, .cpus = {CpuSet{}, all.cpus().front()}});
  EXPECT_EQ(places.own, all);
}

TEST(SystemCpus, AProcessorThatIsNotThereIsRefusedInASentence) {
  const CpuSet before = cpus_of_this_thread();
  try {
    const System system{{.cpus = {CpuSet{before.cpus().front(), 1023}}}};
    FAIL() << "was accepted";
  } catch (const std::invalid_argument& refused) {
    const std::string expected = "threads are to run on processors " +
                                 text_of(CpuSet{before.cpus().front(), 1023}) +
                                 ", but this machine does not have 1023, or this process may not "
                                 "use it";
    EXPECT_EQ(refused.what(), expected);
  }
  EXPECT_EQ(cpus_of_this_thread(), before);
}

TEST(SystemCpus, ASystemDrivenByHandHasNoThreadsToPin) {
  EXPECT_NO_THROW((System{{.cpus = {1023}, .drive = Drive::manual}}));
}

}  // namespace
}  // namespace mycelium
