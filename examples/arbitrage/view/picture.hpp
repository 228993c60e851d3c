#pragma once

#include <deque>
#include <string>
#include <vector>

#include "arbitrage/view/figures.hpp"
#include "arbitrage/view/rates.hpp"
#include "arbitrage/view/screen.hpp"
#include "arbitrage/view/text_line.hpp"
#include "mycelium/base/clock.hpp"

namespace arbitrage {

/// What a picture shows besides the figures.
struct PictureContext {
  const Rates& rates;
  mycelium::Instant now;
  ScreenSize size;
  const std::deque<std::string>& log;  ///< The last lines, the newest at the end.
};

/// The run at a glance, at most `size.rows` lines, meant to be rendered `size.columns` wide:
/// header, progress, instruments, strategies, actors, footer. Where there is little room, rows of
/// tables give way first, actors before all; the log is shown only where the picture fills the
/// screen. Pure: depends on nothing else.
[[nodiscard]] std::vector<TextLine> compose_picture(const Figures& figures,
                                                    const PictureContext& context);

}  // namespace arbitrage
