#pragma once

#include <memory>
#include <string_view>

namespace arbitrage {

/// In character cells.
struct ScreenSize {
  int columns = 80;
  int rows = 24;

  bool operator==(const ScreenSize&) const = default;
};

/// What a screen can show.
struct ScreenStyle {
  bool colour = true;
  bool unicode = true;  ///< Else everything drawn is ASCII.
};

/// Where a live view is drawn. Thread-safety: none.
class Screen {
 public:
  virtual ~Screen() = default;
  /// Asked before each picture: windows change their size.
  [[nodiscard]] virtual ScreenSize size() const = 0;
  [[nodiscard]] virtual ScreenStyle style() const = 0;
  virtual void write(std::string_view bytes) = 0;
};

/// A terminal on a file descriptor.
///
///     if (auto terminal = Terminal::find(STDOUT_FILENO)) view.emplace(std::move(terminal), ...);
class Terminal final : public Screen {
 public:
  /// Null when the descriptor is no terminal, or one that cannot move its cursor (TERM unset, empty
  /// or `dumb`). No colours when NO_COLOR is set and not empty (no-color.org); UTF-8 when the
  /// locale's variables say so.
  [[nodiscard]] static std::unique_ptr<Terminal> find(int descriptor);

  /// 80 x 24 where the terminal does not say.
  [[nodiscard]] ScreenSize size() const override;
  [[nodiscard]] ScreenStyle style() const override { return style_; }
  /// A terminal that has gone away swallows everything.
  void write(std::string_view bytes) override;

 private:
  Terminal(int descriptor, ScreenStyle style) : descriptor_{descriptor}, style_{style} {}

  int descriptor_;
  ScreenStyle style_;
};

/// Whether both are the same terminal, so that text on one disturbs the picture on the other.
[[nodiscard]] bool share_terminal(int one, int other);

}  // namespace arbitrage
