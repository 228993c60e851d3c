#include "providers/venue_server.hpp"

#include <gtest/gtest.h>

#include <string>

#include "mycelium/actor/system.hpp"
#include "providers/loopback_test.hpp"
#include "providers/websocket_links.hpp"

namespace providers {
namespace {

using namespace std::chrono_literals;
using testing::await;
using testing::start_venue;

TEST(VenueServer, APortThatIsTakenIsRefusedWithASentence) {
  const auto first = start_venue({});
  const auto second = VenueServer::bind({.port = first->port()});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, "cannot_listen");
  EXPECT_NE(second.error().message.find(std::to_string(first->port())), std::string::npos);
}

TEST(VenueServer, ItsPortIsFreeAgainWhenItHasEnded) {
  auto first = start_venue({});
  const std::uint16_t port = first->port();
  first.reset();
  EXPECT_NE(start_venue({.port = port}), nullptr);
}

TEST(VenueServer, AnInstrumentThatThereIsNotIsRefused) {
  EXPECT_EQ(VenueServer::bind({.instruments = {"usdm"}}).error().code, "unknown_instrument");
}

class Nobody {
 public:
  using Handles = mycelium::Messages<LinkUp, FrameReceived, LinkLost>;
  void handle(const LinkUp&) {}
  void handle(const FrameReceived&) {}
  void handle(const LinkLost&) {}
};

TEST(VenueServer, AClientThatDoesNotReadIsDropped) {
  const auto venue =
      start_venue({.data = {.duration = 24h}, .speed = 1000, .queue_bytes_max = 256 * 1024});
  IoThread io;
  WebsocketLinks links{io, venue->port()};
  {
    mycelium::System system;
    const auto link =
        links.open("usdm_btcusdt", system.spawn([](mycelium::Context&) { return Nobody{}; }), 1);
    await([&] { return venue->clients() == 1; });
    link->pause();
    await([&] { return venue->clients() == 0; });
    system.shutdown();
    io.stop();
  }
}

}  // namespace
}  // namespace providers
