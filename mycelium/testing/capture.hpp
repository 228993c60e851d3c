#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "mycelium/bus/topic.hpp"

namespace mycelium::testing {

/// What a handler class publishes, kept for a test that has no system, no worker and no actor:
///
///     auto signals = mycelium::testing::capture<ArbitrageSignal>();
///     ArbitrageDetector detector{signals.publisher()};
///     detector.handle(Swap{...});
///     EXPECT_EQ(signals.messages().size(), 1U);
///
/// Thread-safety: any thread may publish and look. Memory: every message, until `clear` or the end.
/// Life-cycle: outlives its publishers; it may be moved, and they stay valid.
template <Message M>
class Capture {
 public:
  Capture()
      : topic_{std::make_unique<Topic<M>>(std::string{kTraits<M>.topic})},
        sink_{std::make_shared<Keeper>()} {
    topic_->subscribe(sink_, SubscriptionOptions{Overflow::block});
  }

  /// A real publisher, on a topic of this capture's own with the message's usual name.
  [[nodiscard]] Publisher<M> publisher() const { return Publisher<M>{*topic_}; }

  /// Copies of the messages published so far, in order.
  [[nodiscard]] std::vector<M> messages() const { return sink_->messages(); }

  /// Forgets what has been published so far.
  void clear() { sink_->clear(); }

  /// From now on publishers are told `full` and nothing is kept, as by a subscriber without room;
  /// `false` ends that.
  void refuse(bool full = true) { sink_->refuse(full); }

 private:
  class Keeper final : public Sink<M> {
   public:
    bool has_room() override {
      const std::scoped_lock lock{mutex_};
      return !full_;
    }
    bool accept(const M& message) override {
      const std::scoped_lock lock{mutex_};
      messages_.push_back(message);
      return true;
    }
    std::vector<M> messages() {
      const std::scoped_lock lock{mutex_};
      return messages_;
    }
    void clear() {
      const std::scoped_lock lock{mutex_};
      messages_.clear();
    }
    void refuse(bool full) {
      const std::scoped_lock lock{mutex_};
      full_ = full;
    }

   private:
    std::mutex mutex_;
    std::vector<M> messages_;
    bool full_ = false;
  };

  std::unique_ptr<Topic<M>> topic_;
  std::shared_ptr<Keeper> sink_;
};

/// A capture of the messages of one type.
template <Message M>
[[nodiscard]] Capture<M> capture() {
  return Capture<M>{};
}

}  // namespace mycelium::testing
