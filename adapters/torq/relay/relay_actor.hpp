#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "adapters/torq/relay/relay_connection.hpp"
#include "adapters/torq/relay/relay_counts.hpp"
#include "adapters/torq/relay/relay_mapping.hpp"
#include "mycelium/actor/context.hpp"
#include "mycelium/actor/system.hpp"

namespace torq {

/// What a connection's thread has received: a piece of the stream, to its actor. No bytes: the
/// session has ended.
struct ReceivedBytes {
  std::uint64_t session;
  std::vector<std::byte> bytes;
};
MYCELIUM_MESSAGE(ReceivedBytes, 0x53FE, "torq.received_bytes", session, bytes)

/// What a relay actor has done, over all its incarnations. Its worker writes, any thread reads.
struct RelayBoard {
  ReceivedCounts received;
  mycelium::Counter published;  ///< Bus messages.
  mycelium::Counter unmapped;   ///< TLVs that no entry of the mapping takes.
  mycelium::Counter sent;       ///< Messages put into the connection's queue.
  mycelium::Counter unsent;     ///< Messages that found it full, or were too large: dropped.
  mycelium::Counter sessions;   ///< Connections from which something came.
};

/// How a relay actor works.
struct RelayActorOptions {
  RelayConnectionOptions connection{};  ///< `identification` is made from `source`.
  Source source = Source::test;         ///< Of what is sent.
  ParseOptions parse{};
  BuildOptions build{};
  std::string receive_prefix{};  ///< Before the topic of what is published, as `relay.`.
  std::string send_prefix{};     ///< Before the topic of what is sent.
  std::shared_ptr<RelayBoard> board = std::make_shared<RelayBoard>();
};

/// An actor that is a relay's client: what comes is published on the bus, what is published there
/// is sent, as `Mapping` declares (promise Q5).
///
///     system.spawn("relay", [=](mycelium::Context& context) {
///       return RelayActor<Mapping>{context, {.connection = {.socket = path}}};
///     });
///
/// The connection's thread reads; this actor reassembles and publishes. When a `block` subscriber
/// has no room it waits, its mailbox fills, the thread stops reading, and the relay holds its
/// queue: nothing is dropped on this side. What is sent never waits: without room in the
/// connection's queue it is dropped and counted. A restart makes a new connection. Memory: 128 KiB,
/// and 16 KiB for each message of the mailbox.
template <typename Mapping>
class RelayActor;

template <typename... Ins, typename... Outs>
class RelayActor<RelayMapping<Receives<Ins...>, Sends<Outs...>>> {
  using Mapping = RelayMapping<Receives<Ins...>, Sends<Outs...>>;

 public:
  using Handles = mycelium::Messages<ReceivedBytes, typename Outs::Local...>;
  using Interleaved = typename Mapping::Sent;

  /// Throws std::invalid_argument for a mapping that would send what it receives.
  RelayActor(mycelium::Context& context, RelayActorOptions options)
      : options_{std::move(options)},
        publishers_{context.publisher<typename Ins::Local>(
            options_.receive_prefix +
            std::string{mycelium::kTraits<typename Ins::Local>.topic})...},
        memory_(kAnyMessageBytesMax) {
    if (Mapping::kHasLoops && options_.receive_prefix == options_.send_prefix) {
      throw std::invalid_argument{
          "a relay actor would send what it receives: give receive_prefix and send_prefix "
          "different values"};
    }
  }

  void on_start(mycelium::Context& context) {
    (context.subscribe<typename Outs::Local>(
         options_.send_prefix + std::string{mycelium::kTraits<typename Outs::Local>.topic},
         {mycelium::Overflow::block}),
     ...);
    RelayConnectionOptions connection = options_.connection;
    if (sizeof...(Outs) > 0 && connection.identification.empty()) {
      const Bytes hello = start_message(Domain::system, context).finish();
      connection.identification.assign(hello.begin(), hello.end());
    }
    const auto self = context.self<RelayActor>();
    // Pieces of an earlier incarnation may still wait: its sessions have other numbers.
    connection_ = std::make_unique<Link>(std::move(connection), self, context.restarts() << 32);
  }

  mycelium::Task<> handle(const ReceivedBytes& received, mycelium::Context& context) {
    if (reader_ == nullptr || received.session != session_) begin_session(received.session);
    if (received.bytes.empty()) reader_->finish();
    Bytes left{received.bytes};
    do {
      const std::span<std::byte> room = reader_->room();
      const std::size_t count = std::min(room.size(), left.size());
      std::copy_n(left.begin(), count, room.begin());
      reader_->commit(count);
      left = left.subspan(count);
      // What an event refers to stays: nobody else touches the reader while this waits.
      for (auto event = reader_->next(); event.index() != 0; event = reader_->next()) {
        if (const auto* fault = std::get_if<StreamFault>(&event)) {
          options_.board->received.add(*fault);
          continue;
        }
        const auto& message = std::get<StreamMessage>(event);
        options_.board->received.add(message);
        for (const Tlv& tlv : message.message.tlvs()) {
          while (!publish(tlv)) co_await context.sleep(kRetryPause);
        }
      }
    } while (!left.empty());
    if (received.bytes.empty()) reader_.reset();
  }

  template <mycelium::Message M>
    requires(Mapping::Sent::template kContains<M>)
  void handle(const M& message, mycelium::Context& context) {
    (send_if<Outs>(message, context), ...);
  }

 private:
  // How soon a publish that found no room is tried again.
  static constexpr std::chrono::microseconds kRetryPause{50};
  // How long the thread waits for room in the mailbox before it looks whether it is to end.
  static constexpr std::chrono::milliseconds kRoomPause{20};

  // The connection, and how what it receives gets to the actor.
  class Link {
   public:
    Link(RelayConnectionOptions options, mycelium::Ref<Handles> actor, std::uint64_t first_session)
        : actor_{actor},
          connection_{std::move(options),
                      [this, first_session](std::uint64_t session, Bytes bytes) {
                        pass(first_session + session, bytes);
                      }} {}
    [[nodiscard]] bool try_write(Bytes message) { return connection_.try_write(message); }

   private:
    void pass(std::uint64_t session, Bytes bytes) {
      ReceivedBytes received{session, {bytes.begin(), bytes.end()}};
      while (!connection_.is_stopping() &&
             actor_.send_blocking(std::move(received), kRoomPause) == mycelium::SendResult::full) {
      }
    }
    mycelium::Ref<Handles> actor_;
    RelayConnection connection_;
  };

  void begin_session(std::uint64_t session) {
    session_ = session;
    options_.board->sessions.add();
    reader_ = std::make_unique<StreamReader>(options_.parse);
  }

  // False: a `block` subscriber has no room, and nobody got it.
  [[nodiscard]] bool publish(const Tlv& tlv) {
    bool has_room = true;
    bool taken = false;
    std::apply(
        [&](const auto&... publisher) {
          ((taken = taken || publish_if<Ins>(tlv, publisher, has_room)), ...);
          ((taken = taken || publish_raw<Ins>(tlv, publisher, has_room)), ...);
        },
        publishers_);
    if (!taken) options_.board->unmapped.add();
    if (taken && has_room) options_.board->published.add();
    return has_room;
  }
  template <typename In, typename P>
  static bool publish_if(const Tlv& tlv, const P& publisher, bool& has_room) {
    if constexpr (Payload<typename In::Wire>) {
      if (const auto payload = tlv.get<typename In::Wire>()) {
        has_room = publisher.publish(In::convert(*payload)).full == 0;
        return true;
      }
    }
    return false;
  }
  template <typename In, typename P>
  static bool publish_raw(const Tlv& tlv, const P& publisher, bool& has_room) {
    if constexpr (std::is_same_v<typename In::Wire, RawTlv>) {
      const RawTlv raw{tlv.type, {tlv.payload.begin(), tlv.payload.end()}};
      has_room = publisher.publish(In::convert(raw)).full == 0;
      return true;
    }
    return false;
  }

  [[nodiscard]] MessageBuilder start_message(Domain domain, mycelium::Context& context) {
    const auto wall = context.wall_now().time_since_epoch();
    return MessageBuilder{
        memory_,
        {.domain = domain,
         .source = options_.source,
         .sequence = sequence_++,
         .timestamp_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds{wall}.count())},
        options_.build};
  }

  template <typename Out, typename M>
  void send_if(const M& message, mycelium::Context& context) {
    if constexpr (std::is_same_v<typename Out::Local, M>) {
      const typename Out::Wire payload = Out::convert(message);
      const auto type = type_of(payload);
      MessageBuilder builder = start_message(domain_of(type), context);
      const bool fits = !add(builder, payload);
      const bool is_sent = fits && connection_->try_write(builder.finish());
      (is_sent ? options_.board->sent : options_.board->unsent).add();
    }
  }
  template <Payload P>
  static std::uint8_t type_of(const P&) {
    return WireLayout<P>::kType;
  }
  static std::uint8_t type_of(const RawTlv& raw) { return raw.type; }
  template <Payload P>
  static std::optional<Fault> add(MessageBuilder& builder, const P& payload) {
    return builder.add(payload);
  }
  static std::optional<Fault> add(MessageBuilder& builder, const RawTlv& raw) {
    return builder.add_bytes(raw.type, raw.bytes);
  }

  const RelayActorOptions options_;
  std::tuple<mycelium::Publisher<typename Ins::Local>...> publishers_;
  std::vector<std::byte> memory_;  // What is sent is built here.
  std::uint64_t sequence_ = 0;
  std::uint64_t session_ = 0;
  std::unique_ptr<StreamReader> reader_;  // Of the present session.
  std::unique_ptr<Link> connection_;      // Last: its thread sends to this actor.
};

}  // namespace torq
