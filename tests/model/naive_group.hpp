#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mycelium/base/stable_hash.hpp"

namespace mycelium::model {

/// A group as plainly as it can be said: its members by name, in the order of joining, and one
/// sender's turn. What the runtime does is compared with this. Thread-safety: none.
class NaiveGroup {
 public:
  /// False: it is a member already.
  bool join(const std::string& name) {
    if (is_member(name)) return false;
    members_.push_back(name);
    return true;
  }
  bool leave(const std::string& name) { return std::erase(members_, name) > 0; }
  [[nodiscard]] bool is_member(const std::string& name) const {
    return std::find(members_.begin(), members_.end(), name) != members_.end();
  }
  [[nodiscard]] const std::vector<std::string>& members() const { return members_; }

  /// Whose turn it is; it is over then.
  [[nodiscard]] std::optional<std::string> next() {
    if (members_.empty()) return std::nullopt;
    if (turn_ >= members_.size()) turn_ = 0;
    return members_[turn_++];
  }
  /// Whose the key is: who wants it most.
  [[nodiscard]] std::optional<std::string> of_key(std::uint64_t key) const {
    std::optional<std::string> owner;
    for (const std::string& name : members_) {
      if (!owner || wish(name, key) > wish(*owner, key)) owner = name;
    }
    return owner;
  }

 private:
  static std::uint64_t wish(const std::string& name, std::uint64_t key) {
    return mix_bits(stable_hash(name) ^ mix_bits(key));
  }

  std::vector<std::string> members_;
  std::size_t turn_ = 0;
};

}  // namespace mycelium::model
