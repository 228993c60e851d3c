#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "providers/messages.hpp"

namespace providers {

/// A connection to one channel of a venue, as its provider sees it. Its end closes the connection,
/// at once and without waiting for anything. Thread-safety: one thread.
class FeedLink {
 public:
  virtual ~FeedLink() = default;
  /// What has been read already still comes; then nothing more is read until `resume`.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

/// Makes connections. What comes of one is sent to its receiver, in order: `LinkUp`, the frames,
/// and `LinkLost`, behind which nothing comes. When the receiver has no room nothing is read until
/// it has. Thread-safety: any thread. Life-cycle: outlives its links.
class FeedLinks {
 public:
  virtual ~FeedLinks() = default;
  /// Returns at once; `session` is said in all that comes of this connection.
  [[nodiscard]] virtual std::unique_ptr<FeedLink> open(const std::string& channel,
                                                       const LinkReceiver& receiver,
                                                       std::uint64_t session) = 0;
};

}  // namespace providers
