#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mycelium/actor/at_once_test.hpp"
#include "mycelium/bus/gap.hpp"

// What the tests of conflating subscriptions share.
namespace mycelium::conflating_test {

struct Price {
  std::uint64_t pair;
  int number;
  std::shared_ptr<int> owned{};
};
MYCELIUM_MESSAGE(Price, 951, "test.conflating.price", pair, number, owned)
struct Book {
  std::uint64_t pair;
  int number;
  std::array<std::byte, 3000> bytes{};  // Too large for a lane: it travels by block.
};
MYCELIUM_MESSAGE(Book, 952, "test.conflating.book", pair, number, bytes)
struct Do {
  int what;
};
MYCELIUM_MESSAGE(Do, 953, "test.conflating.do", what)

using Heard = std::vector<std::string>;
inline constexpr SubscriptionOptions kConflate{.overflow = Overflow::conflate, .capacity = 3};

// Writes down what it hears.
class Screen {
 public:
  using Handles = Messages<Price, Book, Do, Gap>;
  using Start = std::function<void(Context&)>;
  Screen(Heard& heard, Start start) : heard_{&heard}, start_{std::move(start)} {}
  static std::uint64_t conflation_key(const Price& price) noexcept { return price.pair; }
  static std::uint64_t conflation_key(const Book& book) noexcept { return book.pair; }
  void on_start(Context& context) { start_(context); }
  void handle(const Price& price) {
    heard_->push_back(std::to_string(price.pair) + "=" + std::to_string(price.number));
    if (price.number < 0) throw std::runtime_error{"bad price"};
  }
  void handle(const Book& book) {
    heard_->push_back("book " + std::to_string(book.pair) + "=" + std::to_string(book.number));
  }
  void handle(const Do& what, Context& context) {
    heard_->push_back("do " + std::to_string(what.what));
    if (what.what == 7) context.become(Quiet{*heard_});
  }
  void handle(const Gap& gap) { heard_->push_back("gap " + std::to_string(gap.missed)); }

 private:
  class Quiet {
   public:
    using Handles = Messages<Price>;
    explicit Quiet(Heard& heard) : heard_{&heard} {}
    void handle(const Price& price) { heard_->push_back("quiet " + std::to_string(price.number)); }

   private:
    Heard* heard_;
  };

  Heard* heard_;
  Start start_;
};

class ConflatingSubscriptionTest : public testing::AtOnceTest {
 protected:
  ~ConflatingSubscriptionTest() override {
    system_.shutdown();
  }  // Before what its actors write into.
  Ref<Screen::Handles> spawn(Screen::Start start, std::uint16_t worker = 0) {
    auto screen = system_.spawn("screen", [this, start](Context&) { return Screen{heard_, start}; },
                                {.worker = worker});
    settle();
    return screen;
  }
  Ref<Screen::Handles> spawn_conflating(std::uint16_t worker = 0) {
    return spawn([](Context& context) { context.subscribe<Price>("prices", kConflate); }, worker);
  }
  void publish(std::uint64_t pair, int number) {
    const PublishResult result = prices_.publish(Price{pair, number, owned_});
    EXPECT_EQ(result.full + result.dropped, 0U);
  }
  ActorStatus status() {
    for (const ActorStatus& status : system_.actors()) {
      if (status.name == "screen") return status;
    }
    return {};
  }

  Heard heard_;
  std::shared_ptr<int> owned_ = std::make_shared<int>(0);
  Topic<Price>& prices_ = system_.topic<Price>("prices");
};

}  // namespace mycelium::conflating_test
