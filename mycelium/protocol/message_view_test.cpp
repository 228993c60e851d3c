#include "mycelium/protocol/message_view.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "mycelium/protocol/wire_samples.hpp"

namespace mycelium {
namespace {

using namespace wire_samples;
using Bytes = std::vector<std::byte>;

template <Message M>
Bytes bytes_of(const M& message) {
  Bytes bytes(encoded_bytes(message));
  EXPECT_TRUE(encode(message, bytes));
  return bytes;
}

// Promises: W8
TEST(MessageView, ReadsFieldsWhereTheyLie) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random{seed};
    const Order order = random_order(random);
    const Bytes bytes = bytes_of(order);
    const Result<MessageView<Order>> view = MessageView<Order>::open(bytes);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->get<&Order::id>(), order.id);
    EXPECT_EQ(view->get<&Order::note>(), order.note);
    EXPECT_EQ(view->get<&Order::tag>(), order.tag.value_or(""));
    EXPECT_EQ(view->has<&Order::tag>(), order.tag.has_value());
    EXPECT_EQ(view->get<&Order::long_name>(), order.long_name.view());
    EXPECT_EQ(view->get<&Order::venue>(), order.venue);
    EXPECT_EQ(view->get<&Order::deadline>(), order.deadline);
    const auto curve = view->get<&Order::curve>();
    ASSERT_EQ(curve.size(), order.curve.size());
    for (std::size_t index = 0; index < curve.size(); ++index)
      EXPECT_EQ(curve[index], order.curve[index]);
    EXPECT_EQ(view->get<&Order::few>().size(), order.few.size());
    const auto* const note = reinterpret_cast<const std::byte*>(view->get<&Order::note>().data());
    EXPECT_TRUE(note >= bytes.data() && note <= bytes.data() + bytes.size());
  }
}

// Promises: W3
TEST(MessageView, AFieldThatIsNotThereIsEmpty) {
  const Result<MessageView<Trade>> view = MessageView<Trade>::open({});
  ASSERT_TRUE(view);
  EXPECT_EQ(view->get<&Trade::price>(), 0);
  EXPECT_EQ(view->get<&Trade::symbol>(), "");
  EXPECT_FALSE(view->has<&Trade::symbol>());
}

// Promises: W4
TEST(MessageView, RefusesWhatItCouldNotRead) {
  const Bytes good = bytes_of(Trade{1, 2, "BTC", 3});
  std::size_t complete = 0;
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Bytes prefix(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    if (MessageView<Trade>::open(prefix)) ++complete;
  }
  EXPECT_EQ(complete, 4U);  // Between two fields: those of an older sender.
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    if (const auto view = MessageView<Trade>::open(flipped)) {
      EXPECT_LE(view->get<&Trade::symbol>().size(), good.size());
    }
  }
  Bytes twice = good;
  twice.insert(twice.end(), good.begin(), good.end());
  EXPECT_EQ(MessageView<Trade>::open(twice).error().code, "duplicate_field");
  EXPECT_EQ(MessageView<Trade>::open(good, {.text_bytes = 2}).error().code, "text_too_long");
  EXPECT_EQ(MessageView<Trade>::open(good, {.message_bytes = 9}).error().code, "too_large");
}

}  // namespace
}  // namespace mycelium
