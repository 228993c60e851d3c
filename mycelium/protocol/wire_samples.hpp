#pragma once

#include <array>
#include <boost/describe/enum.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mycelium/base/clock.hpp"
#include "mycelium/base/random.hpp"
#include "mycelium/protocol/message_text.hpp"

/// Messages for the tests of the wire: every supported type of member, filled at random.
namespace mycelium::wire_samples {

enum class Side : std::uint8_t { buy = 1, sell = 2 };
BOOST_DESCRIBE_ENUM(Side, buy, sell)
enum class Venue : std::int32_t { spot = -1, futures = 70'000 };
BOOST_DESCRIBE_ENUM(Venue, spot, futures)

struct Level {
  std::int64_t price = 0;
  std::uint32_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(Level, (), (price, quantity))

/// A fixed layout with padding, and each kind of member that one can have.
struct Book {
  std::uint8_t flags = 0;
  std::int64_t sequence = 0;
  bool snapshot = false;
  Side side = Side::buy;
  Venue venue = Venue::spot;
  Timestamp at{};
  std::chrono::microseconds age{};
  FixedString<11> symbol;
  FixedVector<Level, 3> levels;
  std::array<Level, 2> best{};
  std::array<bool, 3> open{};
  FixedVector<Side, 4> sides;
  double ratio = 0;
  float weight = 0;
  std::byte raw{};
  char letter = 'a';
};
MYCELIUM_MESSAGE(Book, 801, "wire.book", flags, sequence, snapshot, side, venue, at, age, symbol,
                 levels, best, open, sides, ratio, weight, raw, letter)

struct Leg {
  std::string symbol;
  std::optional<std::int32_t> ratio;
  std::vector<Leg> hedges;
};
BOOST_DESCRIBE_STRUCT(Leg, (), (symbol, ratio, hedges))

using Price = std::variant<std::monostate, std::int64_t, std::string, Level>;

/// Tagged fields, with each kind of member.
struct Order {
  std::uint64_t id = 0;
  std::string note = "none";
  std::optional<std::string> tag;
  std::optional<Level> limit;
  Price price;
  std::vector<Leg> legs;
  std::vector<std::int16_t> curve;
  std::vector<std::string> labels;
  std::vector<std::optional<std::uint8_t>> gaps;
  std::vector<Price> steps;
  std::vector<std::vector<float>> matrix;
  std::array<std::string, 2> pair;
  FixedVector<std::uint16_t, 4> few;
  FixedString<300> long_name;
  std::vector<Side> sides;
  std::array<bool, 2> marks{};
  Venue venue = Venue::spot;
  Instant deadline{};
  std::chrono::nanoseconds wait{};
  Book book;
};
MYCELIUM_MESSAGE(Order, 802, "wire.order", id, note, tag, limit, price, legs, curve, labels, gaps,
                 steps, matrix, pair, few, long_name, sides, marks, venue, deadline, wait, book)

/// P14's message: four fields with a text.
struct Trade {
  std::uint64_t id = 0;
  std::int64_t price = 0;
  std::string symbol;
  std::uint32_t quantity = 0;
};
MYCELIUM_MESSAGE(Trade, 803, "wire.trade", id, price, symbol, quantity)

struct Heartbeat {};
MYCELIUM_MESSAGE(Heartbeat, 804, "wire.heartbeat")

inline std::string random_text(Random& random, std::size_t bytes_max) {
  std::string text(random.below(bytes_max + 1), ' ');
  for (char& letter : text) letter = static_cast<char>(random.below(256));
  return text;
}

inline Level random_level(Random& random) {
  return {static_cast<std::int64_t>(random.next()), static_cast<std::uint32_t>(random.next())};
}

inline Book random_book(Random& random) {
  Book book;
  book.flags = static_cast<std::uint8_t>(random.next());
  book.sequence = static_cast<std::int64_t>(random.next());
  book.snapshot = random.below(2) == 1;
  book.side = random.below(2) == 1 ? Side::buy : Side::sell;
  book.venue = random.below(2) == 1 ? Venue::futures : Venue::spot;
  book.at = Timestamp{std::chrono::nanoseconds{random.between(INT64_MIN, INT64_MAX)}};
  book.age = std::chrono::microseconds{random.between(-5, 5)};
  static_cast<void>(book.symbol.assign(random_text(random, 11)));
  for (std::uint64_t count = random.below(4); count > 0; --count)
    static_cast<void>(book.levels.try_push_back(random_level(random)));
  for (Level& level : book.best) level = random_level(random);
  for (bool& open : book.open) open = random.below(2) == 1;
  for (std::uint64_t count = random.below(5); count > 0; --count)
    static_cast<void>(book.sides.try_push_back(random.below(2) == 1 ? Side::buy : Side::sell));
  book.ratio = static_cast<double>(random.between(-1'000'000, 1'000'000)) / 7;
  book.weight = static_cast<float>(random.between(-1'000'000, 1'000'000)) / 7;
  book.raw = static_cast<std::byte>(random.next());
  book.letter = static_cast<char>(random.next());
  return book;
}

inline Leg random_leg(Random& random, int depth) {
  Leg leg{random_text(random, 9), std::nullopt, {}};
  if (random.below(2) == 1) leg.ratio = static_cast<std::int32_t>(random.next());
  for (std::uint64_t count = depth == 0 ? 0 : random.below(3); count > 0; --count)
    leg.hedges.push_back(random_leg(random, depth - 1));
  return leg;
}

inline Price random_price(Random& random) {
  switch (random.below(4)) {
    case 0:
      return std::monostate{};
    case 1:
      return static_cast<std::int64_t>(random.next());
    case 2:
      return random_text(random, 20);
    default:
      return random_level(random);
  }
}

/// Calls `make` up to `count_max` times and keeps what it gives.
template <typename Make>
auto random_list(Random& random, std::size_t count_max, Make make) {
  std::vector<decltype(make())> items;
  for (std::uint64_t count = random.below(count_max + 1); count > 0; --count)
    items.push_back(make());
  return items;
}

inline Order random_order(Random& random) {
  Order order;
  order.id = random.next();
  order.note = random_text(random, 40);
  if (random.below(2) == 1) order.tag = random_text(random, 5);
  if (random.below(2) == 1) order.limit = random_level(random);
  order.price = random_price(random);
  order.legs = random_list(random, 3, [&] { return random_leg(random, 2); });
  order.curve = random_list(random, 9, [&] { return static_cast<std::int16_t>(random.next()); });
  order.labels = random_list(random, 4, [&] { return random_text(random, 6); });
  order.gaps = random_list(random, 4, [&] {
    return random.below(2) == 1 ? std::optional{static_cast<std::uint8_t>(random.next())}
                                : std::nullopt;
  });
  order.steps = random_list(random, 4, [&] { return random_price(random); });
  order.matrix = random_list(random, 3, [&] {
    return random_list(random, 3, [&] { return static_cast<float>(random.below(1000)); });
  });
  for (std::string& text : order.pair) text = random_text(random, 8);
  for (std::uint64_t count = random.below(5); count > 0; --count)
    static_cast<void>(order.few.try_push_back(static_cast<std::uint16_t>(random.next())));
  static_cast<void>(order.long_name.assign(random_text(random, 300)));
  order.sides =
      random_list(random, 3, [&] { return random.below(2) == 1 ? Side::buy : Side::sell; });
  for (bool& mark : order.marks) mark = random.below(2) == 1;
  order.venue = random.below(2) == 1 ? Venue::futures : Venue::spot;
  order.deadline = Instant{std::chrono::nanoseconds{random.between(INT64_MIN, INT64_MAX)}};
  order.wait = std::chrono::nanoseconds{random.between(-9, 9)};
  order.book = random_book(random);
  return order;
}

}  // namespace mycelium::wire_samples
