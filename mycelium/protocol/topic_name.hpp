#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mycelium/base/actor_id.hpp"
#include "mycelium/base/result.hpp"

namespace mycelium {

/// The one place where names of destinations are made and read (promise R2). There are three kinds:
///
///     name      = segment { "." segment }                    a broadcast topic: market.quotes
///     mailbox   = "actor." 16 hexadecimal digits, lower case  an actor: actor.0000000000100001
///     partition = name "." number                             a member of a pool: quoters.3
///     segment   = letters, digits, "_" and "-", one or more
///     number    = 0 to 4294967295, without leading zeros
///
/// No name is of two kinds: a broadcast name does not begin with the segment `actor`, and the last
/// of its several segments is no number. A name has 255 characters at most.
///
/// Thread-safety: a value. Errors: a sentence that quotes the name and says what is wrong with it;
/// the code is `bad_name`.
class TopicName {
 public:
  enum class Kind : std::uint8_t { broadcast, mailbox, partition };

  static constexpr std::size_t kLettersMax = 255;

  [[nodiscard]] static Result<TopicName> broadcast(std::string_view name);
  [[nodiscard]] static TopicName mailbox(ActorId actor);
  /// Requires of `base`: it is a broadcast name.
  [[nodiscard]] static Result<TopicName> partition(std::string_view base, std::uint32_t number);
  /// A name of any kind. `parse(name.text())` gives an equal name.
  [[nodiscard]] static Result<TopicName> parse(std::string_view text);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Of a mailbox; else nobody.
  [[nodiscard]] ActorId actor() const noexcept { return actor_; }
  /// Of a partition: what stands before its number; else the whole name.
  [[nodiscard]] std::string_view base() const noexcept {
    return std::string_view{text_}.substr(0, base_length_);
  }
  /// Of a partition; else 0.
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

  friend bool operator==(const TopicName& left, const TopicName& right) noexcept {
    return left.text_ == right.text_;
  }

 private:
  TopicName(Kind kind, std::string text) noexcept
      : kind_{kind}, text_{std::move(text)}, base_length_{text_.size()} {}

  Kind kind_;
  std::string text_;
  std::size_t base_length_;
  std::uint32_t number_ = 0;
  ActorId actor_;
};

}  // namespace mycelium
