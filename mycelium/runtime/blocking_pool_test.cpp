#include "mycelium/runtime/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace mycelium {
namespace {

TEST(BlockingPool, RunsEveryTaskOnce) {
  constexpr int kTasks = 2000;
  std::vector<std::atomic<int>> runs(kTasks);
  std::latch done{kTasks};
  BlockingPool pool{4};
  for (std::atomic<int>& run : runs) {
    ASSERT_TRUE(pool.post([&run, &done] {
      run.fetch_add(1);
      done.count_down();
    }));
  }
  done.wait();
  for (const std::atomic<int>& run : runs) EXPECT_EQ(run.load(), 1);
}

TEST(BlockingPool, BeginsTasksInTheOrderOfTheirPosts) {
  std::vector<int> ran;
  std::latch done{100};
  BlockingPool pool{1};
  for (int task = 0; task < 100; ++task) {
    ASSERT_TRUE(pool.post([&ran, &done, task] {
      ran.push_back(task);
      done.count_down();
    }));
  }
  done.wait();
  for (int task = 0; task < 100; ++task) EXPECT_EQ(ran[static_cast<std::size_t>(task)], task);
}

TEST(BlockingPool, StartsThreadsOnlyWhenTasksNeedThem) {
  std::latch release{1};
  BlockingPool pool{3};
  EXPECT_EQ(pool.started_threads(), 0U);
  for (std::size_t task = 1; task <= 5; ++task) {
    ASSERT_TRUE(pool.post([&release] { release.wait(); }));
    EXPECT_EQ(pool.started_threads(), std::min<std::size_t>(task, 3));
  }
  release.count_down();
}

TEST(BlockingPool, RunsAsManyTasksAtOnceAsItHasThreads) {
  // Given tasks each of which waits for all others: fewer threads would never come to an end
  std::latch all_run{4};
  std::latch done{4};
  BlockingPool pool{4};
  for (int task = 0; task < 4; ++task) {
    ASSERT_TRUE(pool.post([&] {
      all_run.arrive_and_wait();
      done.count_down();
    }));
  }
  done.wait();
}

TEST(BlockingPool, RefusesMoreThanItsBoundAndDestroysWhatItRefuses) {
  const auto owned = std::make_shared<int>(0);
  std::latch running{1};
  std::latch release{1};
  BlockingPool pool{1};
  ASSERT_TRUE(pool.post([&] {
    running.count_down();
    release.wait();
  }));
  running.wait();
  for (std::size_t task = 0; task < BlockingPool::kTasksMax; ++task)
    ASSERT_TRUE(pool.post([owned] {}));
  const auto held = owned.use_count();
  EXPECT_EQ(held, static_cast<long>(BlockingPool::kTasksMax) + 1);
  EXPECT_FALSE(pool.post([owned] {}));
  EXPECT_EQ(owned.use_count(), held);
  release.count_down();
}

TEST(BlockingPool, DestroysATaskWhenItHasRun) {
  const auto owned = std::make_shared<int>(0);
  std::latch next_runs{1};
  BlockingPool pool{1};
  ASSERT_TRUE(pool.post([owned] {}));
  ASSERT_TRUE(pool.post([&next_runs] { next_runs.count_down(); }));
  next_runs.wait();
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(BlockingPool, ItsEndDropsWhatWaitsAndThenWaitsForWhatRuns) {
  std::atomic<bool> waiting_ran{false};
  std::atomic<bool> running_ended{false};
  std::latch running{1};
  std::latch dropped{1};
  // Says when the last task that holds it is destroyed.
  const auto signal = [&dropped](int*) { dropped.count_down(); };
  static int subject = 0;
  std::optional<BlockingPool> pool{1};
  ASSERT_TRUE(pool->post([&] {
    running.count_down();
    dropped.wait();  // Never comes if the waiting tasks were kept until this one has ended.
    running_ended.store(true);
  }));
  running.wait();
  {
    const std::shared_ptr<int> held{&subject, signal};
    for (int task = 0; task < 10; ++task)
      ASSERT_TRUE(pool->post([held, &waiting_ran] { waiting_ran.store(true); }));
  }
  pool.reset();
  EXPECT_TRUE(running_ended.load());
  EXPECT_FALSE(waiting_ran.load());
}

TEST(BlockingPool, TakesNothingWhileItEnds) {
  // Given a task that waits and posts when it is destroyed
  std::optional<BlockingPool> pool{1};
  std::latch running{1};
  std::latch release{1};
  std::optional<bool> accepted;
  bool ran = false;
  static int subject = 0;
  BlockingPool& posting = *pool;
  ASSERT_TRUE(pool->post([&] {
    running.count_down();
    release.wait();
  }));
  running.wait();
  {
    const std::shared_ptr<int> held{&subject, [&](int*) {
                                      accepted = posting.post([&ran] { ran = true; });
                                      release.count_down();
                                    }};
    ASSERT_TRUE(pool->post([held] {}));
  }
  // When the pool ends
  pool.reset();
  // Then it has refused
  EXPECT_EQ(accepted, std::optional{false});
  EXPECT_FALSE(ran);
}

TEST(BlockingPool, TasksMayPostTasks) {
  std::latch done{50};
  BlockingPool pool{2};
  struct Chain {
    BlockingPool& pool;
    std::latch& done;
    void run(int left) const {
      done.count_down();
      if (left > 1) {
        EXPECT_TRUE(pool.post([chain = *this, left] { chain.run(left - 1); }));
      }
    }
  };
  const Chain chain{pool, done};
  ASSERT_TRUE(pool.post([chain] { chain.run(50); }));
  done.wait();
}

TEST(BlockingPool, TakesPostsOfManyThreads) {
  std::latch done{4000};
  BlockingPool pool{2};
  std::vector<std::jthread> posting;
  for (int thread = 0; thread < 4; ++thread) {
    posting.emplace_back([&] {
      for (int task = 0; task < 1000; ++task) {
        // At most 4000 wait, which is within the bound.
        EXPECT_TRUE(pool.post([&done] { done.count_down(); }));
      }
    });
  }
  done.wait();
}

TEST(BlockingPoolDeathTest, NeedsAThread) { EXPECT_DEATH(BlockingPool{0}, "needs a thread"); }

}  // namespace
}  // namespace mycelium
