#include "adapters/torq/relay/relay_actor.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "adapters/torq/relay/relay_server.hpp"
#include "mycelium/bus/subscriber.hpp"

namespace torq {
namespace {

using namespace std::chrono_literals;
using mycelium::Overflow;
using mycelium::System;

struct LocalTrade {
  double price = 0;
};
MYCELIUM_MESSAGE(LocalTrade, 901, "test.local_trade", price)

LocalTrade to_local(const Trade& trade) { return {static_cast<double>(trade.price) / 1e8}; }
GasPrice to_gas(const LocalTrade& trade) {
  GasPrice gas;
  gas.gas_gwei = static_cast<std::uint32_t>(trade.price);
  return gas;
}

using ReceivesTrades = RelayMapping<Receives<Receive<Trade>>>;
using SendsTrades = RelayMapping<Receives<>, Sends<Send<Trade>>>;
using Converts = RelayMapping<Receives<Receive<Trade, LocalTrade, to_local>, Receive<RawTlv>>>;
using SendsConverted = RelayMapping<Receives<>, Sends<Send<LocalTrade, GasPrice, to_gas>>>;
using BothWays = RelayMapping<Receives<Receive<Trade>>, Sends<Send<Trade>>>;

Trade trade_of(std::int64_t price) {
  Trade trade;
  trade.price = price;
  return trade;
}

std::vector<std::byte> message_of(const auto&... payloads) {
  std::array<std::byte, 4096> memory;
  MessageBuilder builder{memory, {.source = Source::test}};
  EXPECT_FALSE((builder.add(payloads).has_value() || ...));
  const Bytes built = builder.finish();
  return {built.begin(), built.end()};
}

void send_all(const Descriptor& socket, Bytes bytes) {
  ASSERT_EQ(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
}

class RelayActorTest : public testing::Test {
 protected:
  RelayActorTest() {
    std::string name = testing::TempDir() + "torqXXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ + "/relay.sock";
    start_relay();
  }
  ~RelayActorTest() override {
    system_.shutdown();
    relay_.reset();
    ::rmdir(folder_.c_str());
  }

  void start_relay() {
    auto started = RelayServer::start({.socket = path_});
    ASSERT_TRUE(started) << started.error().message;
    relay_ = std::move(*started);
  }
  void await_clients(std::uint64_t count) {
    while (relay_->counts().clients.value() < count) system_.wait_for(1ms);
  }
  template <typename Mapping>
  std::shared_ptr<RelayBoard> spawn(RelayActorOptions options) {
    options.connection.socket = path_;
    system_.spawn(
        [options](mycelium::Context& context) { return RelayActor<Mapping>{context, options}; });
    return options.board;
  }
  template <mycelium::Message M>
  void publish(const M& message) {
    mycelium::Topic<M>& topic = system_.topic<M>();
    while (!topic.has_subscribers() || topic.publish(message).full > 0) system_.wait_for(1ms);
  }

  std::string folder_;
  std::string path_;
  std::unique_ptr<RelayServer> relay_;
  System system_{{.workers = 2}};
};

// Promises: Q5
TEST_F(RelayActorTest, CarriesBusMessagesOverARelayAndBackInOrder) {
  // Given one actor that sends trades to the relay and one that receives them
  constexpr std::int64_t kTrades = 3000;
  auto arrived = system_.subscriber<Trade>("relay.torq.trade",
                                           {.capacity = kTrades, .overflow = Overflow::block});
  const auto receiver = spawn<ReceivesTrades>({.receive_prefix = "relay."});
  await_clients(1);
  const auto sender = spawn<SendsTrades>({.source = Source::kraken});
  await_clients(2);
  // When trades are published
  for (std::int64_t price = 0; price < kTrades; ++price) publish(trade_of(price));
  // Then all come, in order
  for (std::int64_t price = 0; price < kTrades; ++price)
    ASSERT_EQ(arrived.next(), trade_of(price)) << price;
  EXPECT_EQ(sender->sent.value(), static_cast<std::uint64_t>(kTrades));
  EXPECT_EQ(sender->unsent.value(), 0U);
  EXPECT_EQ(receiver->received.faults_in_all(), 0U);
}

// Promises: Q5
TEST_F(RelayActorTest, TurnsPayloadsIntoMessagesAsTheMappingDeclares) {
  auto trades = system_.subscriber<LocalTrade>();
  auto others = system_.subscriber<RawTlv>();
  spawn<Converts>({});
  await_clients(1);
  const auto foreign = connect_to(path_);
  ASSERT_TRUE(foreign);
  send_all(*foreign, message_of(trade_of(150'000'000), GasPrice{}));
  EXPECT_EQ(trades.next()->price, 1.5);
  EXPECT_EQ(others.next()->type, 18);
}

// Promises: Q5
TEST_F(RelayActorTest, SendsWhatTheMappingMakesOfAMessageToForeignClients) {
  const auto foreign = connect_to(path_);
  ASSERT_TRUE(foreign);
  await_clients(1);
  spawn<SendsConverted>({.source = Source::arbitrage});
  publish(LocalTrade{12});
  // The identification comes first: 32 bytes, no TLVs.
  std::array<std::byte, kHeaderBytes + kHeaderBytes + kStandardTlvBytes + 32> bytes;
  ASSERT_EQ(::recv(foreign->number(), bytes.data(), bytes.size(), MSG_WAITALL),
            static_cast<ssize_t>(bytes.size()));
  const auto hello = parse_message(bytes, {});
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->header.payload_size, 0U);
  const auto message = parse_message(Bytes{bytes}.subspan(kHeaderBytes), {});
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header.source, Source::arbitrage);
  EXPECT_EQ(message->header.domain, Domain::market_data);
  EXPECT_EQ(message->tlvs().begin()->get<GasPrice>()->gas_gwei, 12U);
}

TEST_F(RelayActorTest, CountsWhatNoEntryTakes) {
  auto trades = system_.subscriber<Trade>();
  const auto board = spawn<ReceivesTrades>({});
  await_clients(1);
  const auto foreign = connect_to(path_);
  ASSERT_TRUE(foreign);
  send_all(*foreign, message_of(GasPrice{}, trade_of(1), Fill{}));
  ASSERT_EQ(trades.next(), trade_of(1));
  send_all(*foreign, message_of(trade_of(2)));
  ASSERT_EQ(trades.next(), trade_of(2));
  while (board->published.value() < 2) system_.wait_for(1ms);  // Counted behind the publish.
  EXPECT_EQ(board->unmapped.value(), 2U);
}

// Promises: Q5
TEST_F(RelayActorTest, WaitsForABlockSubscriberInsteadOfDropping) {
  // Given a subscriber with room for one message, which does not read yet
  auto trades = system_.subscriber<Trade>({}, {.capacity = 1, .overflow = Overflow::block});
  spawn<ReceivesTrades>({});
  await_clients(1);
  const auto foreign = connect_to(path_);
  ASSERT_TRUE(foreign);
  for (std::int64_t price = 0; price < 500; ++price)
    send_all(*foreign, message_of(trade_of(price)));
  // When it reads, then it misses nothing
  for (std::int64_t price = 0; price < 500; ++price) ASSERT_EQ(trades.next(), trade_of(price));
  EXPECT_EQ(trades.missed(), 0U);
}

// Promises: Q5
TEST_F(RelayActorTest, ConnectsAgainWhenTheRelayComesBack) {
  auto trades = system_.subscriber<Trade>();
  const auto board = spawn<ReceivesTrades>({});
  for (std::int64_t life = 1; life <= 3; ++life) {
    await_clients(1);
    const auto foreign = connect_to(path_);
    ASSERT_TRUE(foreign);
    send_all(*foreign, message_of(trade_of(life)));
    ASSERT_EQ(trades.next(), trade_of(life));
    relay_.reset();
    start_relay();
  }
  EXPECT_EQ(board->sessions.value(), 3U);
}

// Promises: Q5
TEST_F(RelayActorTest, DropsAndCountsWhatFindsNoRoomWhileThereIsNoRelay) {
  relay_.reset();
  // Room for two messages of 74 bytes beside the one that is taken for writing.
  const auto board = spawn<SendsTrades>({.connection = {.queue_bytes_max = 2 * 74}});
  for (std::int64_t price = 0; price < 10; ++price) publish(trade_of(price));
  while (board->sent.value() + board->unsent.value() < 10) system_.wait_for(1ms);
  EXPECT_EQ(board->sent.value(), 2U);
  EXPECT_EQ(board->unsent.value(), 8U);
  // What was kept is sent when there is a relay.
  start_relay();
  while (relay_->counts().received.messages.value() < 3) system_.wait_for(1ms);
}

// Promises: Q5
TEST_F(RelayActorTest, WritesAgainAMessageThatWasCutByALostConnection) {
  // Given more than a socket holds, in one piece since there is no relay yet
  relay_.reset();
  const auto board = spawn<SendsTrades>({.connection = {.queue_bytes_max = 8 << 20}});
  constexpr std::int64_t kTrades = 20'000;
  for (std::int64_t price = 0; price < kTrades; ++price) publish(trade_of(price));
  while (board->sent.value() < kTrades) system_.wait_for(1ms);
  // and then a listener of ours in the relay's place
  const Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto address = unix_address(path_);
  ASSERT_EQ(
      ::bind(listener.number(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)), 0);
  ASSERT_EQ(::listen(listener.number(), 1), 0);
  // When the first connection is lost, then the second begins with a whole message
  {
    const Descriptor first{::accept(listener.number(), nullptr, nullptr)};
    std::array<std::byte, 100'000> bytes;  // By then the socket has been full.
    ASSERT_EQ(::recv(first.number(), bytes.data(), bytes.size(), MSG_WAITALL),
              static_cast<ssize_t>(bytes.size()));
  }
  const Descriptor second{::accept(listener.number(), nullptr, nullptr)};
  StreamReader reader;
  std::int64_t last = -1;
  while (last != kTrades - 1) {
    std::array<std::byte, 4096> bytes;
    const ssize_t count = ::recv(second.number(), bytes.data(), bytes.size(), 0);
    ASSERT_GT(count, 0);
    reader.feed(
        Bytes{bytes}.first(static_cast<std::size_t>(count)), [&]<typename E>(const E& event) {
          if constexpr (std::is_same_v<E, StreamMessage>) {
            if (event.message.header.payload_size == 0) return;
            const std::int64_t price = event.message.tlvs().begin()->template get<Trade>()->price;
            EXPECT_TRUE(last == -1 || price == last + 1);
            last = price;
          } else {
            ADD_FAILURE() << describe(event.fault);
          }
        });
  }
  ::unlink(path_.c_str());
}

TEST_F(RelayActorTest, RefusesToSendOnWhatItReceives) {
  static_assert(BothWays::kHasLoops && !SendsTrades::kHasLoops);
  spawn<BothWays>({});
  while (!system_.wait_for(1ms)) {
  }
  ASSERT_TRUE(system_.failure());
  EXPECT_NE(system_.failure()->message.find("receive_prefix and send_prefix"), std::string::npos);
}

}  // namespace
}  // namespace torq
