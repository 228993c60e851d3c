#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mycelium/actor/any_ref.hpp"
#include "mycelium/actor/options.hpp"
#include "mycelium/base/result.hpp"

namespace mycelium::detail {

/// The members of a pool while they are started: unless all could be, those that were are asked to
/// stop again. Thread-safety: none.
class PoolStart {
 public:
  /// Throws std::invalid_argument for a pool without members.
  PoolStart(System& system, std::string_view name, std::uint32_t count);
  PoolStart(const PoolStart&) = delete;
  PoolStart& operator=(const PoolStart&) = delete;
  ~PoolStart();

  [[nodiscard]] std::uint32_t started() const noexcept {
    return static_cast<std::uint32_t>(members_.size());
  }
  /// Throws std::invalid_argument for a name that is none.
  [[nodiscard]] std::string next_name() const;
  /// One worker after the other, unless the options name one.
  [[nodiscard]] SpawnOptions next_options(SpawnOptions options, std::uint16_t workers) const;
  /// Throws std::invalid_argument when the member could not join; one that has stopped already is
  /// just no member.
  void add(const AnyRef& member, const Result<void>& joined);
  void finish() noexcept { finished_ = true; }

 private:
  System& system_;
  const std::string_view name_;
  std::vector<AnyRef> members_;
  bool finished_ = false;
};

}  // namespace mycelium::detail
