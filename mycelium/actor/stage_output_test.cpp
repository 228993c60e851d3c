#include "mycelium/actor/stage_output.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/bus/aligner.hpp"
#include "mycelium/bus/subscriber.hpp"
#include "mycelium/testing/probe.hpp"
#include "mycelium/testing/seeds.hpp"

namespace mycelium {
namespace {

using testing::for_each_seed;
using testing::Probe;
using testing::TestSystem;

struct Mark {
  EventTime at;
  std::uint32_t input;
};
MYCELIUM_MESSAGE(Mark, 771, "test.mark", at, input)
struct Bring {
  std::vector<std::int64_t> times_ns;
  bool is_last;
};
MYCELIUM_MESSAGE(Bring, 772, "test.bring", times_ns, is_last)

constexpr SubscriptionOptions kLosesNothing{.overflow = Overflow::block};

// Brings events when it is told to, and then promises how far it is.
class Source {
 public:
  using Handles = Messages<Bring, Retry>;
  Source(Context& context, std::uint32_t input)
      : events_{context.publisher<Mark>("mark.from" + std::to_string(input))},
        output_{context.publisher<Watermark>("watermark.from" + std::to_string(input)), input},
        input_{input} {}
  void handle(const Bring& bring, Context& context) {
    for (const std::int64_t time_ns : bring.times_ns) {
      output_.publish(events_, Mark{{time_ns, input_, ++count_}, input_});
      last_ns_ = time_ns;
    }
    output_.forward(bring.is_last ? EventTime::end() : EventTime::end_of(last_ns_));
    output_.settle(context);
  }
  void handle(const Retry&, Context& context) { output_.retry(context); }

 private:
  Publisher<Mark> events_;
  StageOutput output_;
  std::uint32_t input_;
  std::uint64_t count_ = 0;
  std::int64_t last_ns_ = 0;
};

// Brings two sources into one order, in a few places for each; loses nothing of who is ahead.
class Merger {
 public:
  using Handles = Messages<Mark, Watermark, Retry>;
  Merger(Context& context, std::shared_ptr<std::size_t> waited_most)
      : events_{context.publisher<Mark>("mark.merged")},
        output_{context.publisher<Watermark>("watermark.merged"), 0},
        waited_most_{std::move(waited_most)} {}
  void on_start(Context& context) {
    for (const char* const input : {"from0", "from1"}) {
      context.subscribe<Mark>(std::string{"mark."} + input, kLosesNothing);
      context.subscribe<Watermark>(std::string{"watermark."} + input, kLosesNothing);
    }
  }
  void handle(const Mark& event, Context& context) {
    if (is_put_aside(event.input, context)) return;
    EXPECT_EQ(aligner_.push(event.input, event.at, event), AlignResult::ok);
    go_on(context);
  }
  void handle(const Watermark& mark, Context& context) {
    if (is_put_aside(mark.input, context)) return;
    aligner_.advance(mark.input, mark.upto);
    go_on(context);
  }
  void handle(const Retry&, Context& context) { output_.retry(context); }

 private:
  bool is_put_aside(std::size_t input, Context& context) {
    if (aligner_.has_room(input)) return false;
    EXPECT_TRUE(context.stash());
    return true;
  }
  void go_on(Context& context) {
    *waited_most_ = std::max(*waited_most_, aligner_.waiting());
    const auto publish = [this](const Mark& event) { output_.publish(events_, event); };
    if (aligner_.release(publish) > 0) context.unstash_all();
    output_.forward(aligner_.watermark());
    output_.settle(context);
  }

  Aligner<Mark> aligner_{2, /*capacity=*/3};
  Publisher<Mark> events_;
  StageOutput output_;
  std::shared_ptr<std::size_t> waited_most_;
};

// Both sources in pieces, one of them far ahead of the other.
std::vector<EventTime> bring_events(TestSystem& system, const Ref<Source::Handles>& first,
                                    const Ref<Source::Handles>& second) {
  std::vector<EventTime> all;
  std::vector<std::uint64_t> counts(2);
  for (std::int64_t piece = 0; piece < 8; ++piece) {
    for (const std::uint32_t input : {0U, 1U}) {
      Bring bring{{}, piece == 7};
      for (std::int64_t step = 0; step < 5; ++step) {
        const std::int64_t time_ns = piece * 10 + step * 2 + (step % 2) * input;
        bring.times_ns.push_back(time_ns);
        all.push_back({time_ns, input, ++counts[input]});
      }
      system.send(input == 0 ? first : second, std::move(bring));
    }
    for (std::uint64_t steps = system.random().below(6); steps > 0; --steps) system.step();
  }
  std::sort(all.begin(), all.end());
  return all;
}

// Promises: T3
TEST(StageOutput, AMergeOfStagesGivesTheSameOrderUnderEverySchedule) {
  std::size_t waited_most_of_all = 0;
  for_each_seed(
      300,
      [&](TestSystem& system) {
        const auto waited_most = std::make_shared<std::size_t>(0);
        Probe<Mark, Watermark> sink{system};
        sink.subscribe<Mark>("mark.merged", kLosesNothing);
        sink.subscribe<Watermark>("watermark.merged", kLosesNothing);
        system.spawn("merger", [&](Context& context) { return Merger{context, waited_most}; });
        system.run_until_idle();  // It listens before anything is brought.
        const auto source = [&](std::uint32_t input) {
          return system.spawn([input](Context& context) { return Source{context, input}; });
        };
        const std::vector<EventTime> expected = bring_events(system, source(0), source(1));
        system.advance(std::chrono::milliseconds{1});
        std::vector<EventTime> places;
        for (const Mark& event : sink.messages<Mark>()) places.push_back(event.at);
        EXPECT_TRUE(places == expected) << places.size() << " of " << expected.size();
        EXPECT_EQ(sink.messages<Watermark>().back().upto, EventTime::end());
        EXPECT_LE(*waited_most, 6U);
        waited_most_of_all = std::max(waited_most_of_all, *waited_most);
      },
      {.failed = [] { return ::testing::Test::HasFailure(); }});
  EXPECT_GE(waited_most_of_all, 4U);  // Otherwise nothing has ever filled up.
}

// Promises: T3
TEST(StageOutput, SaysEachPlaceOnceBehindWhatItHasPublished) {
  TestSystem system;
  auto events =
      system.system().subscriber<Mark>("mark.from0", {.capacity = 2, .overflow = Overflow::block});
  auto watermarks = system.system().subscriber<Watermark>("watermark.from0");
  const auto source = system.spawn([](Context& context) { return Source{context, 0}; });
  system.send(source, Bring{{10, 11, 12}, false});
  system.run_until_idle();
  // Two have found room; the third waits, and the watermark behind it.
  EXPECT_FALSE(watermarks.try_next().has_value());
  while (events.try_next()) {
  }
  system.advance(StageOutput::kRetryDelay);
  EXPECT_EQ(events.try_next()->at, (EventTime{12, 0, 3}));
  EXPECT_EQ(watermarks.try_next()->upto, EventTime::end_of(12));
  // Nothing new, or something older, is not said again; going on without events is.
  system.send(source, Bring{{}, false});
  system.run_until_idle();
  EXPECT_FALSE(watermarks.try_next().has_value());
  system.send(source, Bring{{}, true});
  system.run_until_idle();
  EXPECT_EQ(watermarks.try_next()->upto, EventTime::end());
  EXPECT_FALSE(system.next_timer().has_value());
}

TEST(StageOutput, AWatermarkIsReadableInATestsSentence) {
  EXPECT_EQ(text_of(Watermark{{7, 1, 2}, 3}),
            "Watermark{upto = {time_ns = 7, source = 1, sequence = 2}, input = 3}");
}

}  // namespace
}  // namespace mycelium
