#include "providers/timeline.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace providers {
namespace {

using std::chrono::microseconds;

mycelium::Instant at(std::int64_t micros) { return mycelium::Instant{microseconds{micros}}; }

TEST(Timeline, ANoteIsReadFromItsLine) {
  const Note note{Step::lost, at(7), 41, "End of file"};
  EXPECT_EQ(line_of(note), "lost 7000 41 End of file");
  const auto read = read_note(line_of(note));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->step, note.step);
  EXPECT_EQ(read->at, note.at);
  EXPECT_EQ(read->sequence, note.sequence);
  EXPECT_EQ(read->why, note.why);
  EXPECT_EQ(read_note(line_of({Step::runs, at(1)}))->why, "");
  for (const char* line : {"", "lost", "lost x 1", "died 1 2", "lost 1 2x"})
    EXPECT_FALSE(read_note(line).has_value()) << line;
}

TEST(Timeline, ItsListenerHearsEachNote) {
  std::vector<std::string> heard;
  Timeline timeline{[&](const Note& note) { heard.push_back(line_of(note)); }};
  timeline.add({Step::runs, at(1)});
  timeline.add({Step::lost, at(2), 3, "gone"});
  EXPECT_EQ(heard, (std::vector<std::string>{"runs 1000 0 ", "lost 2000 3 gone"}));
  EXPECT_EQ(timeline.count(Step::lost), 1U);
  EXPECT_EQ(timeline.notes().size(), 2U);
}

TEST(Timeline, AnOutageGoesFromTheFailureToTheFirstMessage) {
  const std::vector<Note> notes{{Step::runs, at(1)},
                                {Step::connected, at(2)},
                                {Step::first_message, at(3), 0},
                                {Step::lost, at(10), 7, "torn"},
                                {Step::runs, at(14), 7},
                                {Step::connected, at(20), 7},
                                {Step::first_message, at(21), 9}};
  const auto outages = outages_of(notes);
  ASSERT_EQ(outages.size(), 1U);
  EXPECT_EQ(outages[0].noticed, at(10));
  EXPECT_EQ(outages[0].runs, at(14));
  EXPECT_EQ(outages[0].connected, at(20));
  EXPECT_EQ(outages[0].recovered, at(21));
  EXPECT_EQ(outages[0].sequence, 7U);
  EXPECT_EQ(outages[0].missed, 2U);
  EXPECT_EQ(outages[0].failures, 1U);
  EXPECT_EQ(outages[0].why, "torn");
}

TEST(Timeline, AttemptsThatFailBelongToTheirOutageAndItsEndMayBeMissing) {
  const std::vector<Note> notes{{Step::runs, at(1)},          {Step::lost, at(2), 0, "refused"},
                                {Step::runs, at(3)},          {Step::lost, at(4), 0, "no"},
                                {Step::runs, at(5)},          {Step::connected, at(6)},
                                {Step::lost, at(7), 0, "no"}, {Step::runs, at(8)}};
  const auto outages = outages_of(notes);
  ASSERT_EQ(outages.size(), 1U);
  EXPECT_EQ(outages[0].failures, 3U);
  EXPECT_EQ(outages[0].runs, at(3));
  EXPECT_EQ(outages[0].why, "refused");
  EXPECT_FALSE(outages[0].recovered.has_value());
  EXPECT_TRUE(outages_of({}).empty());
}

}  // namespace
}  // namespace providers
