#pragma once

#include <string>
#include <string_view>

namespace mycelium {

/// A pattern of topic names, as in NATS (docs.nats.io, subject-based messaging): names are words
/// between dots, `*` stands for one word, and `>`, as the last, for one or more.
///
///     TopicPattern{"market.*"}.matches("market.swap")      // true
///     TopicPattern{"market.*"}.matches("market.swap.eu")   // false
///     TopicPattern{"market.>"}.matches("market.swap.eu")   // true
class TopicPattern {
 public:
  /// Whether a topic's name has a `*` or a `>` in it, and so can only be meant as a pattern.
  [[nodiscard]] static bool is_one(std::string_view text) noexcept {
    return text.find_first_of("*>") != std::string_view::npos;
  }

  /// Throws std::invalid_argument, which says why, for a pattern with an empty word, a `*` or `>`
  /// within a word, or a `>` that is not the last.
  explicit TopicPattern(std::string_view text);

  /// O(length of the name).
  [[nodiscard]] bool matches(std::string_view name) const noexcept;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace mycelium
