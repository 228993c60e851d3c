#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "arbitrage/view/text_line.hpp"

namespace arbitrage {

enum class Align : std::uint8_t { left, right };

inline constexpr int kRankSpare = 2;

struct TableColumn {
  std::string title;
  Align align = Align::right;
  /// Where there is no room for all, the columns with the lowest number go first. 0: never. Those
  /// up to kRankSpare also go before columns move closer together.
  int rank = 0;
  /// At least as wide, so that a column of restless numbers stands still.
  std::size_t width_min = 0;
};

struct TableCell {
  std::string text;
  Tone tone = Tone::plain;
};

/// A table that makes itself as small as it must be. Thread-safety: none.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns) : columns_{std::move(columns)} {}

  /// Requires: as many cells as columns.
  void add_row(std::vector<TableCell> row);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  /// The heading and the rows, each cut to nothing wider than `columns`, `lines_max` lines at most:
  /// where rows are missing, the last line says how many. Empty when not even a heading and a row
  /// fit.
  [[nodiscard]] std::vector<TextLine> lines(std::size_t columns, std::size_t lines_max) const;

 private:
  struct Layout {
    std::vector<std::size_t> columns;  // Those that are shown.
    std::vector<std::size_t> widths;   // Of all columns.
    std::size_t gap = 0;
  };

  [[nodiscard]] Layout fit(std::size_t columns) const;
  bool drop_least(std::vector<std::size_t>& shown, int rank_max) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<TableCell>> rows_;
};

}  // namespace arbitrage
