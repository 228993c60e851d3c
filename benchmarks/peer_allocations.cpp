// How often CAF and Boost.Asio allocate for a message once everything runs: the peers of P6.
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/version.hpp>
#include <memory>

#include "benchmarks/allocations.hpp"
#include "benchmarks/peer_caf.hpp"

namespace mycelium::bench {
/// 4 KiB.
struct Parcel {
  std::array<std::uint64_t, 512> words{};
};
}  // namespace mycelium::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Payload64)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(mycelium::bench::Parcel)

namespace mycelium::bench {
namespace {

namespace asio = boost::asio;
using Strand = asio::strand<asio::io_context::executor_type>;

/// Counts messages, and allocations from the end of the warm-up to the last one.
class SteadyState {
 public:
  explicit SteadyState(std::size_t messages) : warm_up_{messages / 10}, messages_{messages} {}

  /// One more message; whether it was the last.
  bool count() {
    ++received_;
    if (received_ == warm_up_) allocations_ = allocation_count();
    if (received_ != warm_up_ + messages_) return false;
    allocations_ = allocation_count() - allocations_;
    return true;
  }
  [[nodiscard]] double allocations_per_message() const {
    return static_cast<double>(allocations_) / static_cast<double>(messages_);
  }

 private:
  std::size_t warm_up_;
  std::size_t messages_;
  std::size_t received_ = 0;
  std::uint64_t allocations_ = 0;
};

template <typename M>
caf::behavior player(caf::event_based_actor* self, SteadyState* steady, Completion* completion) {
  return {[=](const caf::actor& peer) {
    self->become([=](const M& message) {
      if (steady->count()) {
        completion->finish();
      } else {
        self->send(peer, message);
      }
    });
  }};
}

template <typename M>
double caf_exchange(std::size_t messages) {
  SystemOnReceiverCpu system;
  SteadyState steady{messages};
  Completion completion;
  const caf::actor ping = (*system).spawn(player<M>, &steady, &completion);
  const caf::actor pong = (*system).spawn(player<M>, &steady, &completion);
  caf::anon_send(ping, pong);
  caf::anon_send(pong, ping);
  caf::anon_send(ping, M{});
  completion.wait();
  caf::anon_send_exit(ping, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(pong, caf::exit_reason::user_shutdown);
  return steady.allocations_per_message();
}

/// Sends from outside: a warm-up, and then what counts. `send` sends one message, `handled` says
/// how many have been handled so far.
template <typename Send, typename Handled>
double from_outside(std::size_t messages, Send&& send, Handled&& handled) {
  std::size_t sent = 0;
  const auto send_all = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) send();
    sent += count;
    while (handled() < sent) spin_hint();
  };
  send_all(messages / 10);
  const std::uint64_t before = allocation_count();
  send_all(messages);
  return static_cast<double>(allocation_count() - before) / static_cast<double>(messages);
}

using Handled = std::atomic<std::size_t>;

caf::behavior counter(caf::event_based_actor*, Handled* handled) {
  // Pairs with from_outside().
  return {[=](const Payload64&) { handled->fetch_add(1, std::memory_order_release); }};
}

double caf_from_outside(std::size_t messages) {
  SystemOnReceiverCpu system;
  Handled handled{0};
  const caf::actor receiver = (*system).spawn(counter, &handled);
  const double allocations = from_outside(
      messages, [&] { caf::anon_send(receiver, Payload64{}); },
      [&] { return handled.load(std::memory_order_acquire); });
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  return allocations;
}

/// Two strands of one context hand a message to each other.
template <typename M>
class AsioExchange {
 public:
  explicit AsioExchange(std::size_t messages) : steady_{messages} {}

  double run() {
    asio::post(strands_[0], [this, message = M{}] { handle(0, message); });
    context_.run();
    return steady_.allocations_per_message();
  }

 private:
  void handle(std::size_t self, const M& message) {
    if (steady_.count()) return;
    const std::size_t other = 1 - self;
    asio::post(strands_[other], [this, other, message] { handle(other, message); });
  }

  SteadyState steady_;
  asio::io_context context_{1};
  std::array<Strand, 2> strands_{asio::make_strand(context_), asio::make_strand(context_)};
};

double asio_from_outside(std::size_t messages) {
  asio::io_context context{1};
  auto strand = asio::make_strand(context);
  const auto work = asio::make_work_guard(context);  // An idle context must not stop.
  Handled handled{0};
  double allocations = 0;
  std::atomic<bool> done{false};
  run_pair_ns(
      [&] {
        const auto post = [&] {
          asio::post(strand, [&handled, message = Payload64{}] {
            static_cast<void>(message);
            handled.fetch_add(1, std::memory_order_release);  // Pairs with from_outside().
          });
        };
        allocations =
            from_outside(messages, post, [&] { return handled.load(std::memory_order_acquire); });
        done.store(true, std::memory_order_release);  // Pairs with the loop below.
      },
      [&] {
        while (!done.load(std::memory_order_acquire)) context.poll();
      });
  return allocations;
}

/// Arms its timer again whenever it is due.
class AsioTimer {
 public:
  explicit AsioTimer(std::size_t messages) : steady_{messages} {}

  double run() {
    arm();
    context_.run();
    return steady_.allocations_per_message();
  }

 private:
  void arm() {
    timer_.expires_after(std::chrono::nanoseconds{500});
    timer_.async_wait([this](const boost::system::error_code&) {
      if (!steady_.count()) arm();
    });
  }

  SteadyState steady_;
  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
};

void print(const char* condition, std::string name, double allocations, const char* pinning,
           const char* payload = "64 B") {
  print_row({.id = "P6",
             .condition = condition,
             .kind = "peer",
             .name = std::move(name),
             .value = allocations,
             .unit = "allocations",
             .mode = "spin",
             .pinning = pinning,
             .bounded = false,
             .payload = payload});
}

void measure_caf(std::size_t messages) {
  const std::string name = named("event-based actors");
  print("same_worker", name, caf_exchange<Payload64>(messages), "cpu 1");
  print("large_same_worker", name, caf_exchange<Parcel>(messages / 10), "cpu 1", "4 KiB");
  print("foreign_thread", name, caf_from_outside(messages), kPinnedPair);
}

void measure_asio(std::size_t messages) {
  const std::string name =
      fmt::format("Boost.Asio {}.{}, strands", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  pin_or_exit(kSenderCpu);
  print("same_worker", name, AsioExchange<Payload64>{messages}.run(), "cpu 0");
  print("large_same_worker", name, AsioExchange<Parcel>{messages / 10}.run(), "cpu 0", "4 KiB");
  print("timer", name, AsioTimer{messages / 10}.run(), "cpu 0", "none");
  print("foreign_thread", name, asio_from_outside(messages), kPinnedPair);
}

}  // namespace
}  // namespace mycelium::bench

int main(int argc, char** argv) {
  using namespace mycelium::bench;
  const Options options = Options::parse(argc, argv);
  if (!options.wants("P6")) return 0;
  measure_caf(options.sized(500'000));
  measure_asio(options.sized(500'000));
}
