// Any bytes as a message: what is accepted can be sent again and is then read as the same.
//
// The first byte chooses the message.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mycelium/base/assert.hpp"
#include "mycelium/protocol/message_view.hpp"
#include "mycelium/protocol/wire_samples.hpp"

namespace {

using namespace mycelium;

template <Message M>
void read_any(std::span<const std::byte> bytes) {
  const Result<M> read = decode<M>(bytes);
  if (!read) {
    MYCELIUM_ASSERT(!read.error().message.empty(), "a refusal has a sentence");
    return;
  }
  std::vector<std::byte> again(encoded_bytes(*read));
  const Result<std::size_t> written = encode(*read, again);
  MYCELIUM_ASSERT(written && *written == again.size(), "what was received can be sent");
  const Result<M> twice = decode<M>(again);
  MYCELIUM_ASSERT(twice.has_value(), "what was sent can be received");
  std::vector<std::byte> third(encoded_bytes(*twice));
  MYCELIUM_ASSERT(encode(*twice, third) && third == again, "a message has one encoding");
  MYCELIUM_ASSERT(!json_of(*read).empty() && !text_of(*read).empty(), "a message can be printed");
}

void view_any(std::span<const std::byte> bytes) {
  using wire_samples::Order;
  const auto view = MessageView<Order>::open(bytes);
  if (!view) return;
  MYCELIUM_ASSERT(view->get<&Order::note>().size() <= bytes.size(), "a view ends with its bytes");
  const auto curve = view->get<&Order::curve>();
  std::int64_t sum = 0;
  for (std::size_t index = 0; index < curve.size(); ++index) sum += curve[index];
  MYCELIUM_ASSERT(curve.size() <= bytes.size() && sum <= INT64_MAX, "so does a list");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return 0;
  const std::span<const std::byte> rest{reinterpret_cast<const std::byte*>(bytes) + 1, count - 1};
  switch (bytes[0] % 4) {
    case 0:
      read_any<wire_samples::Book>(rest);
      break;
    case 1:
      read_any<wire_samples::Order>(rest);
      break;
    case 2:
      read_any<wire_samples::Trade>(rest);
      break;
    default:
      view_any(rest);
      break;
  }
  return 0;
}
