#include "mycelium/bus/topic_pattern.hpp"

#include <stdexcept>

namespace mycelium {
namespace {

// Takes the first word and its dot away from `rest`. Requires: there is a word left.
std::string_view take_word(std::string_view& rest, bool& is_last) {
  const std::size_t dot = rest.find('.');
  is_last = dot == std::string_view::npos;
  const std::string_view word = rest.substr(0, dot);
  rest.remove_prefix(is_last ? rest.size() : dot + 1);
  return word;
}

}  // namespace

TopicPattern::TopicPattern(std::string_view text) : text_{text} {
  const auto refuse = [&](std::string_view why) {
    throw std::invalid_argument{"topic pattern \"" + text_ + "\": " + std::string{why}};
  };
  std::string_view rest = text_;
  for (bool is_last = false; !is_last;) {
    const std::string_view word = take_word(rest, is_last);
    if (word.empty()) refuse("there is an empty word; words stand between dots");
    if (word.size() > 1 && is_one(word))
      refuse("a * or a > is a word of its own, as in market.* and market.>");
    if (word == ">" && !is_last) refuse("a > stands for all that follows, so it is the last word");
  }
}

bool TopicPattern::matches(std::string_view name) const noexcept {
  std::string_view rest = text_;
  bool is_last = false;
  for (bool name_ends = false; !name_ends;) {
    if (is_last) return false;  // The name has more words.
    const std::string_view wanted = take_word(rest, is_last);
    const std::string_view word = take_word(name, name_ends);
    if (word.empty()) return false;
    if (wanted == ">") return true;
    if (wanted != "*" && wanted != word) return false;
  }
  return is_last;
}

}  // namespace mycelium
