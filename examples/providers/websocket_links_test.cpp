#include "providers/websocket_links.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "providers/feed_frame.hpp"
#include "providers/loopback_test.hpp"

namespace providers {
namespace {

using namespace std::chrono_literals;
using testing::await;
using testing::own_count;
using testing::start_venue;

/// What has come from a connection; any thread.
class Received {
 public:
  void add(std::string line) {
    const std::scoped_lock lock{mutex_};
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    const std::scoped_lock lock{mutex_};
    return lines_;
  }
  [[nodiscard]] std::string last() const {
    const auto all = lines();
    return all.empty() ? "" : all.back();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class Receiver {
 public:
  using Handles = mycelium::Messages<LinkUp, FrameReceived, LinkLost>;
  // Its first frame holds it up until `go`.
  Receiver(Received& received, std::latch& go) : received_{received}, go_{go} {}
  void handle(const LinkUp&) { received_.add("up"); }
  void handle(const FrameReceived& frame) {
    go_.wait();
    received_.add(frame.text);
  }
  void handle(const LinkLost& lost) { received_.add("lost: " + lost.why); }

 private:
  Received& received_;
  std::latch& go_;
};

class WebsocketLinksTest : public ::testing::Test {
 protected:
  LinkReceiver spawn(std::uint32_t capacity = 1024) {
    return system_.spawn([this](mycelium::Context&) { return Receiver{received_, go_}; },
                         {.mailbox = {.capacity = capacity}});
  }
  void TearDown() override {
    system_.shutdown();
    io_.stop();
  }
  // Snapshot 0, frames 1, 2, 3 and so on, and the end.
  void expect_whole_stream() {
    const auto lines = received_.lines();
    ASSERT_GT(lines.size(), 3U);
    for (std::size_t index = 1; index < lines.size(); ++index) {
      const auto frame = read_frame(lines[index]);
      ASSERT_TRUE(frame.has_value()) << lines[index];
      ASSERT_EQ(frame->sequence, index - (index + 1 == lines.size() ? 2 : 1)) << lines[index];
    }
  }
  bool has_ended() const { return received_.last().starts_with("E "); }

  Received received_;
  std::latch go_{1};
  IoThread io_;
  mycelium::System system_{{.stall_limit = 0s}};
};

TEST_F(WebsocketLinksTest, BringsTheSnapshotAllFramesInOrderAndTheEnd) {
  const auto venue = start_venue({.data = {.frames = 200}, .speed = 100});
  WebsocketLinks links{io_, venue->port()};
  go_.count_down();
  const auto link = links.open("usdm_btcusdt", spawn(), 1);
  await([&] { return has_ended(); });
  EXPECT_EQ(received_.lines().size(), 203U);
  EXPECT_EQ(received_.lines()[0], "up");
  expect_whole_stream();
}

TEST_F(WebsocketLinksTest, AReceiverWithoutRoomLosesNothing) {
  const auto venue = start_venue({.data = {.frames = 300}, .speed = 100});
  WebsocketLinks links{io_, venue->port()};
  const auto link = links.open("usdm_btcusdt", spawn(8), 1);
  await([&] { return received_.last() == "up"; });
  go_.count_down();
  await([&] { return has_ended(); });
  EXPECT_EQ(received_.lines().size(), 303U);
  expect_whole_stream();
}

TEST_F(WebsocketLinksTest, AfterAPauseItGoesOnWhereItStood) {
  const auto venue = start_venue({.data = {.frames = 200}, .speed = 100});
  WebsocketLinks links{io_, venue->port()};
  // However late the pause comes, no more than a mailbox of two has been read by then.
  const auto paused = links.open("usdm_btcusdt", spawn(2), 1);
  paused->pause();
  std::latch at_once{0};
  for (const std::uint32_t session : {1U, 2U}) {
    Received others;
    const auto receiver =
        system_.spawn([&](mycelium::Context&) { return Receiver{others, at_once}; });
    const auto link = links.open("spot_btcusdt", receiver, session);
    await([&] { return others.last().starts_with("E "); });
    system_.stop(receiver);
    ASSERT_TRUE(system_.await_stopped(receiver, 60s));
    if (session == 1) go_.count_down();
  }
  EXPECT_LT(received_.lines().size(), 10U);  // While the others have seen all of their own.
  paused->resume();
  await([&] { return has_ended(); });
  EXPECT_EQ(received_.lines().size(), 203U);
  expect_whole_stream();
}

TEST_F(WebsocketLinksTest, AConnectionThatIsRefusedOrLostIsToldOnce) {
  const auto venue = start_venue({.data = {.duration = 1h}}, false);
  WebsocketLinks links{io_, venue->port()};
  go_.count_down();
  const auto lost = [&] {
    const auto lines = received_.lines();
    return std::ranges::count_if(lines,
                                 [](const auto& line) { return line.starts_with("lost: "); });
  };
  const auto refused = links.open("usdm_btcusdt", spawn(), 1);
  await([&] { return lost() == 1; });
  EXPECT_EQ(received_.last(), "lost: cannot connect: Connection refused");
  ASSERT_TRUE(venue->listen().has_value());
  const auto unknown = links.open("usdm_ethusdt", spawn(), 2);
  await([&] { return lost() == 2; });
  const auto link = links.open("usdm_btcusdt", spawn(), 3);
  await([&] { return venue->clients() == 1 && received_.last().starts_with("F "); });
  venue->inject("usdm_btcusdt", FaultKind::drop);
  await([&] { return lost() >= 3; });
  const auto other = links.open("spot_btcusdt", spawn(), 4);  // And nothing comes behind it.
  await([&] { return venue->clients() == 1; });
  EXPECT_EQ(lost(), 3);
}

TEST_F(WebsocketLinksTest, AVenueThatTakesTheConnectionAndSaysNothingIsGivenUp) {
  boost::asio::io_context context;
  using boost::asio::ip::tcp;
  tcp::acceptor mute{context, {boost::asio::ip::address_v4::loopback(), 0}};
  WebsocketLinks links{io_, mute.local_endpoint().port(), 20ms};
  go_.count_down();
  const auto link = links.open("usdm_btcusdt", spawn(), 1);
  await([&] { return received_.last().starts_with("lost: no handshake"); });
}

TEST_F(WebsocketLinksTest, ItsEndClosesTheSocketAndLeavesNoThreadBehind) {
  const auto venue = start_venue({.data = {.duration = 1h}});
  WebsocketLinks links{io_, venue->port()};
  go_.count_down();
  const auto receiver = spawn();
  const auto open_and_close = [&](bool waits) {
    auto link = links.open("usdm_btcusdt", receiver, 1);
    if (waits) await([&] { return venue->clients() == 1; });
    link.reset();
    await([&] { return venue->clients() == 0; });
  };
  open_and_close(true);  // The first one makes what the I/O thread itself needs.
  const std::size_t sockets = own_count("fd");
  const std::size_t threads = own_count("task");
  for (int round = 0; round < 20; ++round) open_and_close(round % 2 == 0);
  await([&] { return own_count("fd") == sockets && own_count("task") == threads; });
}

TEST_F(WebsocketLinksTest, AReceiverThatHasStoppedForGoodEndsItsConnection) {
  const auto venue = start_venue({.data = {.duration = 1h}});
  WebsocketLinks links{io_, venue->port()};
  go_.count_down();
  const LinkReceiver receiver = spawn();
  const auto link = links.open("usdm_btcusdt", receiver, 1);
  await([&] { return venue->clients() == 1; });
  system_.stop(mycelium::AnyRef{*receiver.cell(), receiver.id()});
  await([&] { return venue->clients() == 0; });
}

}  // namespace
}  // namespace providers
