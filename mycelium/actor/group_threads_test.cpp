#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "mycelium/actor/system.hpp"

namespace mycelium {
namespace {

struct Job {
  int number;
};
MYCELIUM_MESSAGE(Job, 577, "test.group_threads_job", number)

// Promises: R5
TEST(GroupThreads, MembersComeAndGoWhileOthersSendAndEveryMessageIsHandledOrRefused) {
  constexpr int kRounds = 100;
  class Counting {
   public:
    using Handles = Messages<Job>;
    explicit Counting(std::atomic<int>& handled) : handled_{&handled} {}
    void handle(const Job&) { handled_->fetch_add(1); }

   private:
    std::atomic<int>* handled_;
  };
  std::atomic<int> handled{0};
  std::atomic<int> accepted{0};
  std::atomic<bool> over{false};
  System system{{.workers = 2}};
  auto pool = system.spawn_pool("jobs", 2, [&](Context&) { return Counting{handled}; });
  {
    std::vector<std::jthread> senders;
    for (const Routing routing : {Routing::round_robin, Routing::least_loaded}) {
      senders.emplace_back([&, routing] {
        auto group = system.group<Job>("jobs", routing);
        for (int number = 0; !over.load(); ++number) {
          const bool by_key = number % 2 == 0;
          const SendResult result =
              by_key
                  ? group.try_send(Job{number}, consistent_hash(static_cast<std::uint64_t>(number)))
                  : group.try_send(Job{number});
          EXPECT_NE(result, SendResult::closed);
          if (result == SendResult::ok) accepted.fetch_add(1);
        }
      });
    }
    for (int round = 0; round < kRounds; ++round) {
      const auto guest = system.spawn([&](Context&) { return Counting{handled}; });
      EXPECT_TRUE(pool.join(guest));
      EXPECT_EQ(pool.size(), 3U);
      system.stop(guest);
      EXPECT_TRUE(system.await_stopped(guest, std::chrono::seconds{60}));
      EXPECT_EQ(pool.size(), 2U);
    }
    over.store(true);
  }
  system.shutdown(std::chrono::seconds{60});
  EXPECT_EQ(static_cast<std::uint64_t>(handled.load()) + system.dead_letters().total(),
            static_cast<std::uint64_t>(accepted.load()));
}

}  // namespace
}  // namespace mycelium
