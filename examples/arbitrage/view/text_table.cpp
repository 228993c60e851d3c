#include "arbitrage/view/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "mycelium/base/assert.hpp"

namespace arbitrage {
namespace {

constexpr std::size_t kWideGap = 2;
constexpr std::size_t kNarrowGap = 1;
constexpr int kRankMax = std::numeric_limits<int>::max();

void add_cell(TextLine& line, const TextLine& cell, std::size_t width, Align align) {
  const std::size_t begin = line.width();
  if (align == Align::right && cell.width() < width) line.pad_to(begin + width - cell.width());
  line.add(cell).pad_to(begin + width);
}

}  // namespace

void TextTable::add_row(std::vector<TableCell> row) {
  MYCELIUM_ASSERT(row.size() == columns_.size(), "a row has a cell for each column");
  rows_.push_back(std::move(row));
}

// Takes out the last column of the lowest rank; false when there is none up to `rank_max`.
bool TextTable::drop_least(std::vector<std::size_t>& shown, int rank_max) const {
  auto least = shown.end();
  for (auto each = shown.begin(); each != shown.end(); ++each) {
    const int rank = columns_[*each].rank;
    if (rank == 0 || rank > rank_max) continue;
    if (least == shown.end() || rank <= columns_[*least].rank) least = each;
  }
  if (least == shown.end()) return false;
  shown.erase(least);
  return true;
}

TextTable::Layout TextTable::fit(std::size_t columns) const {
  Layout layout;
  for (std::size_t index = 0; index < columns_.size(); ++index) {
    std::size_t width =
        std::max(columns_[index].width_min, TextLine{columns_[index].title, Tone::plain}.width());
    for (const auto& row : rows_)
      width = std::max(width, TextLine{row[index].text, Tone::plain}.width());
    layout.widths.push_back(width);
    layout.columns.push_back(index);
  }
  const auto fits = [&](std::size_t gap) {
    layout.gap = gap;
    std::size_t width = layout.columns.empty() ? 0 : gap * (layout.columns.size() - 1);
    for (const std::size_t index : layout.columns) width += layout.widths[index];
    return width <= columns;
  };
  while (!fits(kWideGap) && drop_least(layout.columns, kRankSpare)) {
  }
  while (!fits(kWideGap) && !fits(kNarrowGap) && drop_least(layout.columns, kRankMax)) {
  }
  return layout;
}

std::vector<TextLine> TextTable::lines(std::size_t columns, std::size_t lines_max) const {
  constexpr std::size_t kLinesBesideRows = 2;  // The heading, and how many more.
  std::vector<TextLine> lines;
  const bool all = rows_.size() < lines_max;
  if (rows_.empty() || (!all && lines_max <= kLinesBesideRows)) return lines;
  const Layout layout = fit(columns);
  const auto add_line = [&](auto cell_of) {
    TextLine line;
    for (const std::size_t index : layout.columns) {
      if (line.width() > 0) line.pad_to(line.width() + layout.gap);
      add_cell(line, cell_of(index), layout.widths[index], columns_[index].align);
    }
    lines.push_back(std::move(line));
  };
  add_line([&](std::size_t index) { return TextLine{columns_[index].title, Tone::heading}; });
  const std::size_t shown = all ? rows_.size() : lines_max - kLinesBesideRows;
  for (std::size_t number = 0; number < shown; ++number) {
    const auto& row = rows_[number];
    add_line([&](std::size_t index) { return TextLine{row[index].text, row[index].tone}; });
  }
  if (!all) lines.emplace_back(fmt::format("... {} more", rows_.size() - shown), Tone::quiet);
  return lines;
}

}  // namespace arbitrage
