#pragma once

#include "mycelium/actor/system.hpp"

namespace mycelium {

/// A thread of the program's own, which sends as fast as a worker while this lives: an exchange
/// library's callback thread, or `main`.
///
///     std::jthread feed{[&] {
///       const mycelium::Attachment attachment = system.attach();
///       while (const Packet* packet = socket.next())
///       static_cast<void>(book.try_send(parse(*packet)));
///     }};
///
/// What a thread without one sends goes through a queue under a lock. An attached one has a lane to
/// each worker, made on first use, and a pool of blocks, as workers have among each other: sends,
/// publications and asks take them by themselves, wherever in the program they stand. It still is
/// no worker: nothing lives on it, and it may wait (`send_blocking`, `ask_blocking`).
///
/// What it has sent keeps its order, but messages sent before it attached may come later than the
/// first ones after that. Thread-safety: made and ended on the thread that it attaches, before the
/// system ends. Memory: `SystemOptions::lane_bytes` for each worker that it has sent to, used again
/// by the next thread that attaches. It counts as one of `kWorkersMax` workers.
class [[nodiscard]] Attachment {
 public:
  /// As `System::attach`, which tells what it throws.
  explicit Attachment(System& system) : system_{system}, worker_{system.take_attachment()} {
    worker_.attach_this_thread();
  }
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment() {
    worker_.detach_this_thread();
    system_.give_back(worker_);
  }

 private:
  System& system_;
  Worker& worker_;
};

inline Attachment System::attach() { return Attachment{*this}; }

}  // namespace mycelium
