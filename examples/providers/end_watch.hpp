#pragma once

#include "mycelium/actor/system.hpp"

namespace providers {

/// Asks the system to stop when one actor, or one tree, has stopped for good.
class EndWatch {
 public:
  using Handles = mycelium::Messages<mycelium::Down>;
  explicit EndWatch(const mycelium::AnyRef& watched) : watched_{watched} {}
  void on_start(mycelium::Context& context) { context.watch(watched_); }
  void handle(const mycelium::Down&, mycelium::Context& context) { context.stop_system(); }

 private:
  const mycelium::AnyRef watched_;
};

}  // namespace providers
