#include "arbitrage/view/live_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "arbitrage/view/screen_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModelScreen;
using ::testing::Not;
using testing::six_instruments;
using ::testing::StartsWith;

constexpr mycelium::Instant kStarted{5s};

class LiveViewTest : public ::testing::Test {
 protected:
  void open(ScreenSize size, std::string_view before = "$ arbitrage run\n") {
    auto screen = std::make_unique<ModelScreen>(size);
    screen_ = screen.get();
    screen_->write(before);
    view_ = std::make_unique<LiveView>(std::move(screen), kStarted);
  }

  // Whole lines of a picture, from the title to the footer, at the bottom of the screen.
  void expect_picture_at_bottom() const {
    const auto lines = screen_->lines();
    const auto title = std::find_if(lines.begin(), lines.end(), is_title);
    ASSERT_NE(title, lines.end());
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_title), 1);
    EXPECT_THAT(lines.back(), StartsWith("feed → strategy"));
    EXPECT_EQ(screen_->unknown(), 0);
    EXPECT_TRUE(screen_->wraps());
  }
  static bool is_title(const std::string& line) { return line.starts_with("arbitrage  "); }

  std::size_t title_row() const {
    const auto lines = screen_->lines();
    return static_cast<std::size_t>(std::find_if(lines.begin(), lines.end(), is_title) -
                                    lines.begin());
  }

  ModelScreen* screen_ = nullptr;
  std::unique_ptr<LiveView> view_;
};

TEST_F(LiveViewTest, RefreshesInPlaceWithOneWriteAndScrollsNothing) {
  open({80, 24});
  Figures figures = six_instruments();
  view_->draw(figures, kStarted + 1s);
  const auto history = screen_->history();
  const int writes = screen_->writes();
  figures.frames = 999'999;
  view_->draw(figures, kStarted + 2s);
  EXPECT_EQ(screen_->writes(), writes + 1);
  EXPECT_EQ(screen_->history(), history);
  EXPECT_THAT(history, ElementsAre("$ arbitrage run"));
  expect_picture_at_bottom();
  EXPECT_THAT(screen_->line(1), HasSubstr("999,999 frames"));
  EXPECT_FALSE(screen_->cursor_visible());
}

TEST_F(LiveViewTest, LinesAsWideAsTheScreenAreWhole) {
  open({80, 24});
  view_->draw(six_instruments(), kStarted + 12'300ms);
  EXPECT_THAT(screen_->line(0), ::testing::EndsWith("elapsed 0:12.3"));
  EXPECT_EQ(testing::code_points(screen_->line(0)), 80U);
}

TEST_F(LiveViewTest, LeavesWhatStandsAboveAlone) {
  open({100, 45}, "one\ntwo\nthree\n");
  for (int round = 1; round < 5; ++round) view_->draw(six_instruments(), kStarted + round * 1s);
  EXPECT_EQ(screen_->line(0), "one");
  EXPECT_EQ(screen_->line(2), "three");
  EXPECT_TRUE(screen_->history().empty());
  expect_picture_at_bottom();
}

TEST_F(LiveViewTest, MakesRoomWhereTheCursorIsAtTheBottom) {
  std::string before;
  for (int line = 0; line < 60; ++line) before += "older\n";
  open({100, 45}, before);
  view_->draw(six_instruments(), kStarted + 1s);
  expect_picture_at_bottom();
  EXPECT_EQ(std::ssize(screen_->history()) + std::ranges::count(screen_->lines(), "older"), 60);
}

TEST_F(LiveViewTest, LogLinesStayAboveInFullAndInOrder) {
  open({100, 45});
  view_->print_above("before the first picture");
  view_->draw(six_instruments(), kStarted + 1s);
  view_->print_above("second");
  view_->print_above(std::string(150, 'w'));
  view_->draw(six_instruments(), kStarted + 2s);
  const auto lines = screen_->lines();
  const std::size_t title = title_row();
  EXPECT_EQ(lines[title - 3], "second");
  EXPECT_EQ(lines[title - 2], std::string(100, 'w'));
  EXPECT_EQ(lines[title - 1], std::string(50, 'w'));
  EXPECT_THAT(screen_->history(), ElementsAre("$ arbitrage run", "before the first picture", ""));
  expect_picture_at_bottom();
}

TEST_F(LiveViewTest, AFullScreenKeepsLogLinesInTheHistoryAndTheLastOnesInside) {
  open({80, 24});
  view_->draw(six_instruments(), kStarted + 1s);
  for (const char* line : {"one", "two", "three", "four"}) view_->print_above(line);
  view_->draw(six_instruments(), kStarted + 2s);
  EXPECT_THAT(screen_->history(), ElementsAre("$ arbitrage run", "one", "two", "three", "four"));
  EXPECT_EQ(screen_->line(20), "two");
  EXPECT_EQ(screen_->line(22), "four");
  expect_picture_at_bottom();
}

TEST_F(LiveViewTest, LinesOfManyThreadsAllArriveWhole) {
  constexpr int kLinesEach = 200;
  open({80, 24});
  view_->draw(six_instruments(), kStarted + 1s);
  const auto print = [&](char name) {
    for (int line = 0; line < kLinesEach; ++line) view_->print_above(std::string(70, name));
  };
  std::thread first{print, 'a'};
  std::thread second{print, 'b'};
  for (int round = 0; round < 50; ++round) {
    view_->draw(six_instruments(), kStarted + 2s + round * 100ms);
  }
  first.join();
  second.join();
  EXPECT_EQ(std::ranges::count(screen_->history(), std::string(70, 'a')), kLinesEach);
  EXPECT_EQ(std::ranges::count(screen_->history(), std::string(70, 'b')), kLinesEach);
  expect_picture_at_bottom();
}

TEST_F(LiveViewTest, ALogLineCannotMoveTheCursor) {
  open({80, 24});
  view_->draw(six_instruments(), kStarted + 1s);
  view_->print_above("\x1b[2J\x1b[1;1Hgone");
  EXPECT_THAT(screen_->history().back(), "?[2J?[1;1Hgone");
  expect_picture_at_bottom();
}

TEST_F(LiveViewTest, AChangedWindowGetsAPictureOfItsSize) {
  open({80, 24});
  view_->draw(six_instruments(), kStarted + 1s);
  screen_->resize({100, 40});
  view_->draw(six_instruments(), kStarted + 2s);
  expect_picture_at_bottom();
  screen_->resize({40, 10});
  view_->draw(six_instruments(), kStarted + 3s);
  expect_picture_at_bottom();
  EXPECT_THAT(screen_->lines(), Contains("... 4 more"));
}

TEST_F(LiveViewTest, ATallerWindowKeepsNothingOfTheOldPicture) {
  // Given a window that the same picture fits before and after
  open({100, 50});
  view_->draw(six_instruments(), kStarted + 1s);
  screen_->resize({100, 60});
  view_->draw(six_instruments(), kStarted + 2s);
  expect_picture_at_bottom();
  EXPECT_EQ(screen_->line(0), "");
}

TEST_F(LiveViewTest, APictureThatGrowsScrollsAndOneThatShrinksClears) {
  open({100, 45}, "above\n");
  Figures figures = six_instruments();
  const auto all = std::exchange(figures.actors, {});
  view_->draw(figures, kStarted + 1s);
  figures.actors = all;
  view_->draw(figures, kStarted + 2s);
  expect_picture_at_bottom();
  EXPECT_THAT(screen_->lines(), Contains(StartsWith("strategy.eth         running")));
  figures.actors.resize(2);
  view_->draw(figures, kStarted + 3s);
  expect_picture_at_bottom();
  EXPECT_THAT(screen_->lines(), Not(Contains(StartsWith("strategy.eth         running"))));
}

TEST_F(LiveViewTest, FinishLeavesTheLastPictureAndTheCursorBelowIt) {
  open({80, 24});
  Figures figures = six_instruments();
  view_->draw(figures, kStarted + 1s);
  // Given an end of the system, which takes the actors away
  figures.actors.clear();
  figures.frames = 300'000;
  view_->finish(figures, kStarted + 3s);
  view_->finish(figures, kStarted + 4s);
  view_->draw(figures, kStarted + 5s);
  view_->print_above("later");
  EXPECT_TRUE(screen_->cursor_visible());
  EXPECT_THAT(screen_->lines(),
              Contains(AllOf(StartsWith("book.spot_btcusdt"), HasSubstr("stopped"))));
  EXPECT_THAT(screen_->lines(), Contains(HasSubstr("100,000 frames/s")));  // Of the whole run.
  EXPECT_THAT(screen_->line(21), StartsWith("feed → strategy"));
  EXPECT_EQ(screen_->line(22), "later");
  EXPECT_EQ(screen_->cursor_row(), 23U);
}

TEST_F(LiveViewTest, AViewThatHasDrawnNothingLeavesNoTrace) {
  open({80, 24});
  const int writes = screen_->writes();
  LiveView view{std::make_unique<ModelScreen>(ScreenSize{80, 24}), kStarted};
  EXPECT_EQ(screen_->writes(), writes);
  EXPECT_TRUE(screen_->cursor_visible());
}

TEST_F(LiveViewTest, HeldLogLinesGoThroughTheViewUntilItsEnd) {
  const auto before = spdlog::default_logger();
  open({80, 24});
  view_->hold_log();
  view_->draw(six_instruments(), kStarted + 1s);
  spdlog::warn("feed {} breaks", 7);
  EXPECT_THAT(screen_->history().back(), HasSubstr("[warning] feed 7 breaks"));
  view_.reset();
  EXPECT_EQ(spdlog::default_logger(), before);
}

TEST(LiveViewDeathTest, NeedsAScreen) {
  EXPECT_DEATH((LiveView{nullptr, kStarted}), "drawn on a screen");
}

}  // namespace
}  // namespace arbitrage
