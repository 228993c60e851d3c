#include "arbitrage/view/live_view.hpp"

#include <fmt/format.h>

#include "arbitrage/view/picture.hpp"
#include "mycelium/base/assert.hpp"

// Control sequences: ECMA-48, and the private modes of xterm that terminals share (25 cursor, 7
// wrapping, 2026 hold the screen still while a picture is written; a terminal that does not know a
// mode ignores it).
namespace arbitrage {
namespace {

constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kNoWrap = "\x1b[?7l";
constexpr std::string_view kWrap = "\x1b[?7h";
constexpr std::string_view kBeginPicture = "\x1b[?2026h";
constexpr std::string_view kEndPicture = "\x1b[?2026l";
constexpr std::string_view kClearLineEnd = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";
constexpr std::string_view kClearAll = "\x1b[H\x1b[2J";

std::string row_position(std::size_t row) { return fmt::format("\x1b[{};1H", row); }

}  // namespace

LiveView::LiveView(std::unique_ptr<Screen> screen, mycelium::Instant started)
    : screen_{std::move(screen)}, rates_{started} {
  MYCELIUM_ASSERT(screen_ != nullptr, "a live view is drawn on a screen");
}

LiveView::~LiveView() {
  capture_.reset();
  const std::scoped_lock lock{mutex_};
  give_back();
}

void LiveView::hold_log() {
  capture_ = std::make_unique<LogCapture>([this](std::string_view line) { print_above(line); });
}

// The picture stands at the bottom of the screen, by absolute positions: whatever else is written
// to the terminal, such as the echo of a key, is repaired by the next picture.
void LiveView::append_frame(std::string& out) {
  const auto bottom = static_cast<std::size_t>(drawn_size_.rows);
  out += kNoWrap;
  for (std::size_t index = 0; index < picture_.size(); ++index) {
    out += row_position(bottom - picture_.size() + 1 + index);
    out += picture_[index];
  }
  out += kWrap;
  out += '\r';
}

void LiveView::update(const Figures& figures, mycelium::Instant now) {
  const ScreenSize size = screen_->size();
  if (size.columns <= 0 || size.rows <= 0) return;
  const ScreenStyle style = screen_->style();
  const auto columns = static_cast<std::size_t>(size.columns);
  const std::size_t rows_before = picture_.size();
  const auto lines = compose_picture(figures, {rates_, now, size, log_});
  picture_.clear();
  for (const TextLine& line : lines) {
    picture_.push_back(line.render(columns, style));
    // Behind a full line the cursor stands on its last cell.
    if (line.width() < columns) picture_.back() += kClearLineEnd;
  }
  std::string out{kBeginPicture};
  if (rows_before == 0) {
    // From wherever the cursor is: this many line ends make room at the bottom for certain.
    out += kHideCursor;
    out += "\r";
    out.append(picture_.size() - 1, '\n');
  } else if (size != drawn_size_) {
    out += kClearAll;
  } else {
    const auto bottom = static_cast<std::size_t>(size.rows);
    const std::size_t top = bottom - std::min(bottom, rows_before) + 1;
    if (picture_.size() < rows_before) out += row_position(top) + std::string{kClearBelow};
    if (picture_.size() > rows_before) {
      out += row_position(bottom);
      out.append(picture_.size() - rows_before, '\n');
    }
  }
  drawn_size_ = size;
  append_frame(out);
  out += kEndPicture;
  screen_->write(out);
}

void LiveView::draw(const Figures& figures, mycelium::Instant now) {
  const std::scoped_lock lock{mutex_};
  if (finished_) return;
  actors_ = figures.actors;
  rates_.sample(figures, now);
  update(figures, now);
}

void LiveView::finish(const Figures& figures, mycelium::Instant now) {
  const std::scoped_lock lock{mutex_};
  if (finished_) return;
  Figures last = figures;
  if (last.actors.empty()) {
    last.actors = actors_;
    for (mycelium::ActorStatus& actor : last.actors) {
      actor.state = mycelium::ActorState::stopped;
      actor.depth = 0;
    }
  }
  rates_.average(last, now);
  update(last, now);
  give_back();
}

void LiveView::give_back() {
  if (finished_) return;
  finished_ = true;
  if (picture_.empty()) return;
  screen_->write(row_position(static_cast<std::size_t>(drawn_size_.rows)) + "\n" +
                 std::string{kShowCursor});
}

void LiveView::print_above(std::string_view line) {
  const std::scoped_lock lock{mutex_};
  // As a piece of text: no control character of a log line reaches the terminal.
  const TextLine text{line, Tone::plain};
  log_.emplace_back(line);
  if (log_.size() > kLogLinesMax) log_.pop_front();
  std::string out;
  if (picture_.empty() || finished_) {
    out = text.render(text.width(), screen_->style()) + "\n";
  } else {
    out += kBeginPicture;
    out += row_position(static_cast<std::size_t>(drawn_size_.rows) - picture_.size() + 1);
    out += kClearBelow;
    out += text.render(text.width(), screen_->style());
    // From below the line, however many rows it took, these make room for the picture and not one
    // row more.
    out.append(picture_.size(), '\n');
    append_frame(out);
    out += kEndPicture;
  }
  screen_->write(out);
}

}  // namespace arbitrage
