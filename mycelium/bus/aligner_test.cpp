#include "mycelium/bus/aligner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "mycelium/base/random.hpp"

namespace mycelium {
namespace {

struct Event {
  EventTime at;
  std::size_t input;
  std::uint64_t number;  // Within its input: ties of one input stay in its order.
  friend bool operator==(const Event& left, const Event& right) {
    return left.input == right.input && left.number == right.number;
  }
};

bool before(const Event& left, const Event& right) {
  return std::tie(left.at, left.input, left.number) < std::tie(right.at, right.input, right.number);
}

std::vector<Event> release_all(Aligner<Event>& aligner) {
  std::vector<Event> released;
  const std::size_t count = aligner.release([&](const Event& event) { released.push_back(event); });
  EXPECT_EQ(count, released.size());
  return released;
}

Event event(std::int64_t time_ns, std::size_t input, std::uint64_t number = 0) {
  return {EventTime{time_ns, 0, 0}, input, number};
}

// Promises: T3
TEST(Aligner, WaitsForASilentInputUntilItsWatermarkHasPassed) {
  Aligner<Event> aligner{2};
  ASSERT_EQ(aligner.push(0, EventTime{10, 0, 0}, event(10, 0)), AlignResult::ok);
  EXPECT_TRUE(release_all(aligner).empty());
  aligner.advance(1, EventTime::end_of(9));
  EXPECT_TRUE(release_all(aligner).empty());
  aligner.advance(1, EventTime::end_of(10));
  EXPECT_EQ(release_all(aligner), (std::vector{event(10, 0)}));
  EXPECT_EQ(aligner.waiting(), 0U);
}

// Promises: T3
TEST(Aligner, ATieGoesToTheLowerInputWhicheverCameFirst) {
  Aligner<Event> aligner{2};
  const EventTime place{10, 0, 0};
  ASSERT_EQ(aligner.push(1, place, event(10, 1)), AlignResult::ok);
  // The lower input has promised nothing before the very same place: it may still bring the tie
  // that goes first.
  aligner.advance(0, place);
  EXPECT_TRUE(release_all(aligner).empty());
  ASSERT_EQ(aligner.push(0, place, event(10, 0)), AlignResult::ok);
  aligner.advance(0, EventTime::end());
  aligner.advance(1, EventTime::end());
  EXPECT_EQ(release_all(aligner), (std::vector{event(10, 0), event(10, 1)}));
}

// Promises: T3
TEST(Aligner, RefusesAnEventThatItsInputHadPromisedNotToBring) {
  Aligner<Event> aligner{2};
  aligner.advance(0, EventTime::end_of(10));
  EXPECT_EQ(aligner.push(0, EventTime{10, 0, 0}, event(10, 0)), AlignResult::late);
  EXPECT_EQ(aligner.waiting(), 0U);
  // An event is such a promise too; and an older watermark takes nothing back.
  ASSERT_EQ(aligner.push(0, EventTime{12, 0, 0}, event(12, 0)), AlignResult::ok);
  aligner.advance(0, EventTime::end_of(5));
  EXPECT_EQ(aligner.push(0, EventTime{11, 0, 0}, event(11, 0)), AlignResult::late);
  EXPECT_EQ(aligner.push(0, EventTime{12, 0, 0}, event(12, 0, 1)), AlignResult::ok);
}

// Promises: T3
TEST(Aligner, AFullInputTakesNoMoreUntilAReleaseHasMadeRoom) {
  Aligner<Event> aligner{2, /*capacity=*/2};
  ASSERT_EQ(aligner.push(0, EventTime{10, 0, 0}, event(10, 0)), AlignResult::ok);
  EXPECT_TRUE(aligner.has_room(0));
  ASSERT_EQ(aligner.push(0, EventTime{11, 0, 0}, event(11, 0)), AlignResult::ok);
  EXPECT_FALSE(aligner.has_room(0));
  EXPECT_EQ(aligner.push(0, EventTime{12, 0, 0}, event(12, 0)), AlignResult::full);
  EXPECT_EQ(aligner.waiting(), 2U);
  // The other input has room of its own.
  EXPECT_TRUE(aligner.has_room(1));
  ASSERT_EQ(aligner.push(1, EventTime{10, 0, 0}, event(10, 1)), AlignResult::ok);
  EXPECT_EQ(release_all(aligner), (std::vector{event(10, 0), event(10, 1)}));
  // What was refused is promised nothing about: it comes in its place now.
  ASSERT_EQ(aligner.push(0, EventTime{12, 0, 0}, event(12, 0)), AlignResult::ok);
  aligner.advance(1, EventTime::end());
  EXPECT_EQ(release_all(aligner), (std::vector{event(11, 0), event(12, 0)}));
}

// Promises: T3
TEST(Aligner, PromisesItselfOnlyWhatAllItsInputsHavePromised) {
  Aligner<Event> aligner{2};
  EXPECT_EQ(aligner.watermark(), EventTime::beginning());
  aligner.advance(0, EventTime::end_of(20));
  aligner.advance(1, EventTime::end_of(30));
  EXPECT_EQ(aligner.watermark(), EventTime::end_of(20));
  // An event that waits holds the promise back.
  ASSERT_EQ(aligner.push(1, EventTime{35, 0, 0}, event(35, 1)), AlignResult::ok);
  aligner.advance(1, EventTime::end());
  aligner.advance(0, EventTime{33, 0, 0});
  EXPECT_TRUE(release_all(aligner).empty());
  EXPECT_EQ(aligner.watermark(), (EventTime{33, 0, 0}));
  aligner.advance(0, EventTime{34, 0, 0});
  EXPECT_EQ(aligner.watermark(), (EventTime{34, 0, 0}));
  aligner.advance(0, EventTime::end());
  EXPECT_EQ(aligner.watermark(), (EventTime{35, 0, 0}));
  EXPECT_EQ(release_all(aligner).size(), 1U);
  EXPECT_EQ(aligner.watermark(), EventTime::end());
}

// One input of the model: its events in order, and how far it has been fed.
struct Source {
  std::vector<Event> events;
  std::size_t fed = 0;
};

std::vector<Source> draw_sources(Random& random) {
  std::vector<Source> sources(1 + random.below(4));
  for (std::size_t input = 0; input < sources.size(); ++input) {
    std::int64_t time = 0;
    for (std::uint64_t number = random.below(60); number > 0; --number) {
      time += random.between(0, 3);  // Ties within an input and between them.
      auto& events = sources[input].events;
      events.push_back(
          {EventTime{time, static_cast<std::uint32_t>(random.below(2)), 0}, input, events.size()});
    }
    std::sort(sources[input].events.begin(), sources[input].events.end(), before);
    for (std::uint64_t number = 0; auto& made : sources[input].events) made.number = number++;
  }
  return sources;
}

// Promises: T3
TEST(Aligner, AgreesWithSortingEverythingWhateverTheInterleaving) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random{seed};
    std::vector<Source> sources = draw_sources(random);
    const std::size_t capacity = 1 + random.below(80);  // Mostly less than there is.
    Aligner<Event> aligner{sources.size(), capacity};
    std::vector<Event> released;
    EventTime promised = EventTime::beginning();
    std::size_t open = sources.size();
    while (open > 0) {
      Source& source = sources[random.below(sources.size())];
      const auto input = static_cast<std::size_t>(&source - sources.data());
      if (source.fed < source.events.size()) {
        const Event& next = source.events[source.fed];
        if (random.below(3) == 0) {
          aligner.advance(input, next.at);  // The most that this input can promise now.
        } else {
          const bool room = aligner.has_room(input);
          ASSERT_EQ(aligner.push(input, next.at, next), room ? AlignResult::ok : AlignResult::full)
              << "seed " << seed;
          if (room) ++source.fed;
          ASSERT_LE(aligner.waiting(), capacity * sources.size()) << "seed " << seed;
        }
      } else if (source.fed == source.events.size()) {
        aligner.advance(input, EventTime::end());
        ++source.fed;
        --open;
      }
      if (random.below(2) != 0) continue;
      for (const Event& out : release_all(aligner)) {
        ASSERT_FALSE(out.at < promised) << "seed " << seed << ": a watermark was broken";
        released.push_back(out);
      }
      promised = aligner.watermark();
    }
    for (const Event& out : release_all(aligner)) released.push_back(out);
    std::vector<Event> model;
    for (const Source& source : sources)
      model.insert(model.end(), source.events.begin(), source.events.end());
    std::sort(model.begin(), model.end(), before);
    ASSERT_EQ(released, model) << "seed " << seed;
  }
}

// Promises: T3
TEST(Aligner, HoldsNothingBackThatIsSafe) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random{seed};
    std::vector<Source> sources = draw_sources(random);
    Aligner<Event> aligner{sources.size()};
    std::vector<EventTime> bounds(sources.size(), EventTime::beginning());
    std::vector<Event> pushed;
    std::size_t released = 0;
    for (int step = 0; step < 200; ++step) {
      const std::size_t input = random.below(sources.size());
      Source& source = sources[input];
      if (source.fed == source.events.size()) continue;
      const Event& next = source.events[source.fed++];
      ASSERT_EQ(aligner.push(input, next.at, next), AlignResult::ok);
      pushed.push_back(next);
      bounds[input] = next.at;
      released += release_all(aligner).size();
      // The model: what lies strictly before every input's bound cannot be overtaken any more.
      const EventTime safe = *std::min_element(bounds.begin(), bounds.end());
      const auto must = std::count_if(pushed.begin(), pushed.end(),
                                      [&](const Event& in) { return in.at < safe; });
      ASSERT_GE(released, static_cast<std::size_t>(must)) << "seed " << seed;
      ASSERT_EQ(aligner.waiting(), pushed.size() - released);
    }
  }
}

TEST(AlignerDeathTest, HasAtLeastOneInput) {
  EXPECT_DEATH(Aligner<Event>{0}, "at least one input");
}

TEST(AlignerDeathTest, HoldsAtLeastOneEventOfEachInput) {
  EXPECT_DEATH((Aligner<Event>{1, 0}), "at least one event of each input");
}

TEST(AlignResult, HasNames) {
  EXPECT_EQ(name_of(AlignResult::ok), "ok");
  EXPECT_EQ(name_of(AlignResult::late), "late");
  EXPECT_EQ(name_of(AlignResult::full), "full");
}

}  // namespace
}  // namespace mycelium
