#include "adapters/torq/relay/tlv_consumer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/testing/test_system.hpp"

namespace torq {
namespace {

// A consumer as there are some: it knows TLVs and nothing of actors.
struct Consumer {
  std::vector<std::string>& seen;
  int messages = 0;
  void operator()(const Tlv& tlv) {
    if (tlv.type == 254) throw std::runtime_error{"a message it cannot bear"};
    seen.push_back(std::to_string(++messages) + ":" + std::string{tlv.rule().name} + ":" +
                   std::to_string(tlv.payload.size()));
    if (const auto trade = tlv.get<Trade>()) seen.back() += ":" + std::to_string(trade->price);
  }
};

using Messages = mycelium::Messages<Trade, PoolSwap, RawTlv>;

// Promises: Q6
TEST(TlvConsumer, RunsAnExistingCallbackAsASupervisedActor) {
  std::vector<std::string> seen;
  mycelium::testing::TestSystem system{{.seed = 1}};
  const auto consumer = system.spawn("legacy", [&](mycelium::Context&) {
    return TlvConsumer<Messages, Consumer>{Consumer{seen}};
  });
  Trade trade;
  trade.price = 42;
  ASSERT_EQ(consumer.try_send(trade), mycelium::SendResult::ok);
  ASSERT_EQ(consumer.try_send(PoolSwap{}), mycelium::SendResult::ok);
  ASSERT_EQ(consumer.try_send(RawTlv{.type = 254, .bytes = {}}), mycelium::SendResult::ok);
  ASSERT_EQ(consumer.try_send(RawTlv{.type = 200, .bytes = {std::byte{1}}}),
            mycelium::SendResult::ok);
  system.run_until_idle();
  // The one that threw was replaced; its state is new, the messages behind it are not lost.
  EXPECT_EQ(seen, (std::vector<std::string>{"1:Trade:40:42", "2:PoolSwap:208", "1:vendor:1"}));
}

}  // namespace
}  // namespace torq
