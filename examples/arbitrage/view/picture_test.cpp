#include "arbitrage/view/picture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "arbitrage/view/screen_test.hpp"

namespace arbitrage {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::six_instruments;
using ::testing::StartsWith;

constexpr mycelium::Instant kStarted{5s};
const std::deque<std::string> kTwoLogLines{"[warning] first", "[warning] second"};

struct Drawing {
  Figures figures = six_instruments();
  ScreenSize size{80, 24};
  ScreenStyle style{.colour = true, .unicode = true};
  std::deque<std::string> log;

  [[nodiscard]] std::vector<std::string> lines() const {
    Rates rates{kStarted};
    rates.sample(figures, kStarted + 10s);
    std::vector<std::string> texts;
    for (const TextLine& line : compose_picture(figures, {rates, kStarted + 17s, size, log})) {
      texts.push_back(
          testing::without_escapes(line.render(static_cast<std::size_t>(size.columns), style)));
    }
    return texts;
  }
};

// A hostile name too: longer than any screen, with symbols of several bytes and control characters.
Figures wild_figures() {
  Figures figures = six_instruments();
  figures.instruments[1].name = std::string(300, 'x');
  figures.instruments[2].name = "→→→ \x1b[2J\n";
  figures.source = std::string(500, 's');
  figures.actors[3].restarts = 18'446'744'073'709'551'615U;
  figures.strategies[0].pnl = std::numeric_limits<Decimal>::min();
  figures.frames = 18'446'744'073'709'551'615U;
  return figures;
}

TEST(Picture, NeverOutgrowsTheScreen) {
  for (const Figures& figures : {six_instruments(), wild_figures(), Figures{}}) {
    for (const std::deque<std::string>& log : {std::deque<std::string>{}, kTwoLogLines}) {
      for (const ScreenSize size :
           {ScreenSize{80, 24}, {200, 50}, {40, 10}, {100, 40}, {1, 1}, {20, 3}, {500, 5}}) {
        const auto lines = Drawing{figures, size, {}, log}.lines();
        EXPECT_LE(lines.size(), static_cast<std::size_t>(size.rows));
        for (const std::string& line : lines) {
          EXPECT_LE(testing::code_points(line), static_cast<std::size_t>(size.columns))
              << size.columns << "x" << size.rows << ": " << line;
          EXPECT_THAT(line, Not(HasSubstr("\n")));
        }
      }
    }
  }
}

TEST(Picture, At80By24EveryInstrumentAndStrategyIsThereAndActorsGiveWay) {
  const auto lines = Drawing{}.lines();
  EXPECT_EQ(lines.size(), 24U);
  EXPECT_THAT(lines[0], StartsWith("arbitrage  recordings in /data/"));
  EXPECT_THAT(lines[0], HasSubstr("speed x10  elapsed 0:17.0"));
  EXPECT_THAT(lines[1], StartsWith("2024-08-08 23:57:06.500 UTC  +2:52.5"));
  EXPECT_THAT(lines[1], HasSubstr("247,494 frames  1,290 signals"));
  EXPECT_THAT(lines[2], HasSubstr("50.0 %     24,749 frames/s"));
  EXPECT_THAT(lines, Contains(StartsWith("cm_ethusd_perp")));
  EXPECT_THAT(lines, Contains(StartsWith("strategy.eth")));
  EXPECT_THAT(lines, Contains("... 10 more"));
  EXPECT_THAT(lines.back(), StartsWith("feed → strategy p50 12.3 us p99 3.24 ms"));
  EXPECT_THAT(lines.back(), HasSubstr("restarts 0  dead letters 0  dropped 0"));
}

TEST(Picture, At200By50NothingIsLeftOut) {
  Drawing drawing;
  drawing.size = {200, 50};
  const auto lines = drawing.lines();
  EXPECT_EQ(lines.size(), 3U + 7U + 3U + 19U + 1U + 4U);
  EXPECT_THAT(lines, Not(Contains(HasSubstr("more"))));
  EXPECT_THAT(
      lines,
      Contains(
          "spot_btcusdt      1.0087  61,685.99  61,686.00   2.29327    0.01  1209/2196   9,757  "
          "41,249    0       0   50.0 %"));
  EXPECT_THAT(lines, Contains("strategy.btc         -0.01     +1,234.56      1,234"));
  EXPECT_THAT(
      lines,
      Contains(
          "book.spot_btcusdt    running        1     12,345     1,234      3     161         0"));
}

TEST(Picture, TheBarIsAsLongAsTheProgress) {
  const auto ascii = [](std::uint32_t ppm) {
    Drawing drawing;
    drawing.style = {.colour = false, .unicode = false};
    drawing.figures.progress_ppm = ppm;
    const std::string bar = drawing.lines()[2];
    return std::pair{std::count(bar.begin(), bar.end(), '#'),
                     std::count(bar.begin(), bar.end(), '-')};
  };
  EXPECT_EQ(ascii(0), (std::pair<std::ptrdiff_t, std::ptrdiff_t>{0, 51}));
  EXPECT_EQ(ascii(500'000), (std::pair<std::ptrdiff_t, std::ptrdiff_t>{26, 25}));
  EXPECT_EQ(ascii(999'999), (std::pair<std::ptrdiff_t, std::ptrdiff_t>{51, 0}));
  EXPECT_EQ(ascii(1'000'000), (std::pair<std::ptrdiff_t, std::ptrdiff_t>{52, 0}));
}

TEST(Picture, AnActorInTroubleIsNeverAmongTheOthers) {
  Drawing drawing;
  drawing.figures.actors.back().restarts = 2;
  drawing.figures.restarts = 2;
  const std::string name = drawing.figures.actors.back().name;
  EXPECT_THAT(Drawing{}.lines(), Not(Contains(StartsWith(name + "         running"))));
  const auto lines = drawing.lines();
  const auto names_it = [&](const std::string& line) {
    return line.starts_with(name + "         running");
  };
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), names_it), 1);
}

TEST(Picture, AStaleBookSaysSo) {
  Drawing drawing;
  drawing.figures.instruments[0].stale = true;
  EXPECT_THAT(drawing.lines(),
              Contains(::testing::AllOf(StartsWith("spot_btcusdt"), HasSubstr("stale"))));
  EXPECT_THAT(Drawing{}.lines(), Not(Contains(HasSubstr("stale"))));
}

TEST(Picture, SidesWithoutLevelsHaveNoPrice) {
  Drawing drawing;
  drawing.figures.instruments[0].best_bid = {};
  EXPECT_THAT(drawing.lines(),
              Contains(::testing::AllOf(StartsWith("spot_btcusdt"), HasSubstr("- 61,686.00"))));
}

TEST(Picture, TheLogIsInsideOnlyWhereThePictureFillsTheScreen) {
  Drawing drawing;
  drawing.log = kTwoLogLines;
  EXPECT_THAT(drawing.lines(), Contains("[warning] second"));
  EXPECT_EQ(drawing.lines().size(), 24U);
  drawing.size = {200, 50};
  EXPECT_THAT(drawing.lines(), Not(Contains("[warning] second")));
}

TEST(Picture, WithoutAMeasurementThereIsNoLatency) {
  Drawing drawing;
  drawing.figures.latency = {};
  EXPECT_THAT(drawing.lines().back(), StartsWith("feed → strategy -  restarts"));
}

}  // namespace
}  // namespace arbitrage
