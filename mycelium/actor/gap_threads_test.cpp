#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/bus/gap.hpp"

// Gaps where publishers and subscriber run on threads of their own.
namespace mycelium {
namespace {

struct News {
  int number;
};
MYCELIUM_MESSAGE(News, 691, "test.gap.threads.news", number)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 692, "test.gap.threads.do", what)

constexpr int kEach = 20'000;
constexpr int kLast = -100;
class Publishing {
 public:
  using Handles = Messages<Do>;
  explicit Publishing(Publisher<News> news) : news_{news} {}
  void handle(const Do&) {
    for (int number = 0; number < kEach; ++number) EXPECT_EQ(news_.publish(News{number}).full, 0U);
  }

 private:
  Publisher<News> news_;
};

class Gaps : public ::testing::TestWithParam<Overflow> {};
INSTANTIATE_TEST_SUITE_P(Of, Gaps, ::testing::Values(Overflow::drop_oldest, Overflow::conflate));

// Promises: D6
TEST_P(Gaps, AddUpAcrossThreads) {
  class Counting {
   public:
    using Handles = Messages<News, Gap>;
    Counting(std::uint64_t& sum, std::atomic<bool>& done) : sum_{&sum}, done_{&done} {}
    static std::uint64_t conflation_key(const News& news) noexcept {
      return static_cast<std::uint64_t>(news.number % 32);
    }
    void on_start(Context& context) {
      context.subscribe<News>("news", {.overflow = GetParam(), .capacity = 16});
    }
    void handle(const News& news) {
      ++*sum_;
      if (news.number != kLast) return;
      *done_ = true;
      done_->notify_all();
    }
    void handle(const Gap& gap) { *sum_ += gap.missed; }

   private:
    std::uint64_t* sum_;
    std::atomic<bool>* done_;
  };
  std::uint64_t sum = 0;
  std::atomic<bool> done{false};
  System system{{.workers = 3, .lane_bytes = 32 * 1024}};
  Topic<News>& news = system.topic<News>("news");
  const auto counting = system.spawn([&](Context&) { return Counting{sum, done}; }, {.worker = 0});
  ASSERT_TRUE(system.await_started(*counting.cell()));
  std::vector<RefTo<Do>> publishing;
  for (const std::uint16_t worker : {0, 1, 2}) {
    publishing.push_back(system.spawn([&](Context&) { return Publishing{Publisher<News>{news}}; },
                                      {.worker = worker}));
    ASSERT_EQ(publishing.back().try_send(Do{1}), SendResult::ok);
  }
  for (int number = 0; number < kEach; ++number) EXPECT_EQ(news.publish(News{number}).full, 0U);
  for (const auto& each : publishing) {
    system.stop(each);
    ASSERT_TRUE(system.await_stopped(each, std::chrono::minutes{1}));
  }
  // The last one tells what found no way; what still lies in lanes then is handled by the shutdown.
  EXPECT_EQ(news.publish(News{kLast}).full, 0U);
  done.wait(false);
  EXPECT_TRUE(system.shutdown().empty());
  EXPECT_EQ(sum + counting.cell()->conflated.value(), 4 * kEach + 1U);
  EXPECT_EQ(news.status().published, 4 * kEach + 1U);
}

}  // namespace
}  // namespace mycelium
