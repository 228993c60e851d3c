#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/config/supervisor_options.hpp"

namespace mycelium {

/// What a supervisor is to start: an actor or another supervisor. Made by `child` and `supervisor`.
struct ChildSpec {
  std::unique_ptr<ActorRecord> record;
  SpawnOptions options;
  std::chrono::nanoseconds shutdown;
  bool significant;
  std::vector<ChildSpec> children{};  ///< Of a supervisor, in the order of their start.
};

/// A supervision tree, for `System::supervise`.
struct SupervisorSpec : ChildSpec {};

namespace detail {

[[nodiscard]] SpawnOptions spawn_options(const ChildOptions& options);
[[nodiscard]] SupervisorSpec supervisor_spec(std::string name, const SupervisorOptions& options);

}  // namespace detail

/// One actor of a supervision tree, a `ChildSpec`; `factory` is `A(Context&)`, as for
/// `System::spawn`.
template <typename Factory>
[[nodiscard]] auto child(std::string name, Factory factory, const ChildOptions& options = {}) {
  return ChildSpec{detail::record_of(std::move(name), std::move(factory), options.restart),
                   detail::spawn_options(options), options.shutdown, options.significant};
}

/// A supervisor and its children, in the order of their start. It reads like the tree:
///
///     system.supervise(
///         supervisor("desk", {.strategy = Strategy::rest_for_one},
///             child("limits", make_limits),
///             supervisor("markets", {},
///                 child("eu", make_market, {.restart = {.backoff = Backoff{}}}),
///                 child("us", make_market, {.restart = {.backoff = Backoff{}}}))));
///
/// Promises: S1 to S8 of docs/semantics.md.
template <std::derived_from<ChildSpec>... Children>
[[nodiscard]] SupervisorSpec supervisor(std::string name, const SupervisorOptions& options,
                                        Children... children) {
  SupervisorSpec spec = detail::supervisor_spec(std::move(name), options);
  (spec.children.push_back(static_cast<ChildSpec&&>(children)), ...);
  return spec;
}

/// A supervisor that runs. Thread-safety: any thread, as long as the system lives.
class SupervisorRef {
 public:
  SupervisorRef() = default;
  SupervisorRef(System& system, const AnyRef& ref) noexcept : system_{&system}, ref_{ref} {}

  /// As an actor that can be watched, linked with and stopped.
  operator const AnyRef&() const noexcept { return ref_; }
  [[nodiscard]] ActorId id() const noexcept { return ref_.id(); }
  [[nodiscard]] ActorCell* cell() const noexcept { return ref_.cell(); }

  /// One more child, the last in order; treated from now on as those it began with. Empty when the
  /// supervisor has stopped. Errors: as `System::spawn`. Requires: this is not empty.
  AnyRef start_child(ChildSpec spec) const { return system_->start_child(ref_, std::move(spec)); }
  /// Stops one child for good, within its `shutdown`. Nothing happens when it is none.
  void stop_child(const AnyRef& child) const { system_->stop_child_of(ref_, child); }

 private:
  System* system_ = nullptr;
  AnyRef ref_;
};

}  // namespace mycelium
