#include "arbitrage/market/frame.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

namespace arbitrage {

namespace {

namespace ondemand = simdjson::ondemand;
using mycelium::fail;
using mycelium::Result;

enum class Stream : std::uint8_t { depth, trade, book_ticker };

/// `btcusdt@depth@100ms` -> depth. The part between the first and the second `@` counts.
std::optional<Stream> stream_of(std::string_view name) {
  const std::size_t at = name.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view kind = name.substr(at + 1, name.find('@', at + 1) - at - 1);
  if (kind == "depth") return Stream::depth;
  if (kind == "trade") return Stream::trade;
  if (kind == "bookTicker") return Stream::book_ticker;
  return std::nullopt;
}

/// At most 60 printable symbols of something received, for an error's sentence.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kExcerptMax = 60;
  std::string shown{text.substr(0, kExcerptMax)};
  std::ranges::replace_if(shown, [](char symbol) { return symbol < ' ' || symbol > '~'; }, '?');
  return shown + (text.size() > kExcerptMax ? "..." : "");
}

std::unexpected<mycelium::Error> bad_json(simdjson::error_code error) {
  return fail("bad_json", fmt::format("the frame is not valid JSON ({}); it is skipped",
                                      simdjson::error_message(error)));
}

std::unexpected<mycelium::Error> missing_field(std::string_view frame, std::string_view field) {
  return fail("missing_field",
              fmt::format("the {} has no field \"{}\"; it is skipped", frame, field));
}

std::unexpected<mycelium::Error> bad_number(std::string_view field, std::string_view text,
                                            std::string_view problem) {
  return fail("bad_number", fmt::format("field \"{}\": {} {}; the frame is skipped", field,
                                        excerpt(text), problem));
}

std::unexpected<mycelium::Error> unknown_stream(std::string_view name) {
  if (name.empty()) {
    return fail("unknown_stream",
                "the frame has neither a stream's name nor a snapshot's fields; it is skipped");
  }
  return fail("unknown_stream",
              fmt::format("the stream {} is neither @depth, @trade nor @bookTicker; "
                          "its frame is skipped",
                          excerpt(name)));
}

/// The value's own token, without the white space behind it.
std::string_view token_of(ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

/// Reads the text of values as venues write it, without white space; whatever is unusual is left to
/// the general way.
///
/// Requires: simdjson's padding, zero bytes, behind the frame. No step passes the first zero byte,
/// and no look ahead passes the padding.
class Scanner {
 public:
  explicit Scanner(std::string_view token) : at_{std::to_address(token.begin())} {}

  /// Steps over `symbol` if it comes next.
  bool skip(char symbol) {
    if (*at_ != symbol) return false;
    ++at_;
    return true;
  }
  /// A usual decimal in quotes. After `false` the scanner is of no use any more.
  bool decimal(Decimal& out) {
    static_assert(detail::kUsualSymbolsMax < simdjson::SIMDJSON_PADDING);
    if (!skip('"')) return false;
    at_ = detail::scan_decimal(at_, at_ + detail::kUsualSymbolsMax, out);
    return at_ != nullptr && skip('"');
  }
  /// `["price","quantity"]`
  bool level(Level& level) {
    return skip('[') && decimal(level.price) && level.price != 0 && skip(',') &&
           decimal(level.quantity) && skip(']');
  }
  /// `[["price","quantity"],...]`, in under half the time of the general way.
  bool levels(std::vector<Level>& out) {
    out.clear();
    if (!skip('[')) return false;
    if (skip(']')) return true;
    do {
      Level next;
      if (!level(next)) return false;
      out.push_back(next);
    } while (skip(','));
    return skip(']');
  }

 private:
  const char* at_;
};

/// A decimal in quotes that is not negative.
Result<void> read_decimal(ondemand::value value, std::string_view field, Decimal& out) {
  const std::string_view token = token_of(value);
  if (Scanner{token}.decimal(out)) return {};
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') {
    return bad_number(field, token, "is not a decimal in quotes");
  }
  const auto number = parse_decimal(token.substr(1, token.size() - 2));
  if (!number) return bad_number(field, token, describe(number.error()));
  if (*number < 0) return bad_number(field, token, "is negative");
  out = *number;
  return {};
}

Result<void> read_id(ondemand::value value, std::string_view field, std::uint64_t& out) {
  const std::string_view token = token_of(value);
  if (value.get_uint64().get(out)) return bad_number(field, token, "is not an update or trade id");
  return {};
}

Result<void> read_level(ondemand::array pair, std::string_view field, Level& level) {
  std::size_t count = 0;
  for (auto item : pair) {
    ondemand::value value;
    if (const auto error = item.get(value)) return bad_json(error);
    if (count == 2) return bad_number(field, "a level", "has more than a price and a quantity");
    if (auto ok = read_decimal(value, field, count == 0 ? level.price : level.quantity); !ok) {
      return ok;
    }
    ++count;
  }
  if (count != 2) return bad_number(field, "a level", "has no price and quantity");
  if (level.price == 0) return bad_number(field, "a level", "has the price 0");
  return {};
}

Result<void> read_levels(ondemand::value value, std::string_view field, std::vector<Level>& out) {
  if (Scanner{value.raw_json_token()}.levels(out)) return {};
  out.clear();
  ondemand::array rows;
  if (const auto error = value.get_array().get(rows)) return bad_json(error);
  for (auto row : rows) {
    ondemand::array pair;
    if (const auto error = row.get_array().get(pair)) return bad_json(error);
    Level level;
    if (auto ok = read_level(pair, field, level); !ok) return ok;
    out.push_back(level);
  }
  return {};
}

/// Which of a frame's fields have been seen, and the name of the first that has not.
template <std::size_t kFields>
class Fields {
 public:
  explicit Fields(const std::array<std::string_view, kFields>& names) : names_{names} {}
  void see(std::size_t index) { seen_ |= 1U << index; }
  [[nodiscard]] bool saw(std::size_t index) const { return (seen_ & (1U << index)) != 0; }
  [[nodiscard]] bool any() const { return seen_ != 0; }
  [[nodiscard]] std::optional<std::string_view> missing() const {
    for (std::size_t index = 0; index < kFields; ++index) {
      if ((seen_ & (1U << index)) == 0) return names_[index];
    }
    return std::nullopt;
  }
  /// The index of a field, or kFields for one that does not matter.
  [[nodiscard]] std::size_t index_of(const char* raw_key) const {
    for (std::size_t index = 0; index < kFields; ++index) {
      const std::string_view name = names_[index];
      // Looks at most as far as the padding behind the frame.
      if (*raw_key != name.front() || raw_key[name.size()] != '"') continue;
      if (std::string_view{raw_key, name.size()} == name) return index;
    }
    return kFields;
  }

 private:
  const std::array<std::string_view, kFields>& names_;
  std::uint32_t seen_ = 0;
};

/// Calls `read(index, value)` for every field of `object` that `fields` names.
template <std::size_t kFields, typename Read>
Result<void> read_fields(ondemand::object object, Fields<kFields>& fields, Read&& read) {
  for (auto item : object) {
    ondemand::field field;
    if (const auto error = std::move(item).get(field)) return bad_json(error);
    const std::size_t index = fields.index_of(field.key().raw());
    if (index == kFields) continue;
    if (auto ok = read(index, field.value()); !ok) return ok;
    fields.see(index);
  }
  return {};
}

Result<void> read_depth(ondemand::object object, DepthUpdate& update) {
  static constexpr std::array<std::string_view, 6> kNames = {"E", "U", "u", "b", "a", "pu"};
  Fields fields{kNames};
  update.previous_id.reset();
  std::uint64_t number = 0;
  auto ok = read_fields(object, fields, [&](std::size_t index, ondemand::value value) {
    if (index == 1) return read_id(value, "U", update.first_id);
    if (index == 2) return read_id(value, "u", update.last_id);
    if (index == 3) return read_levels(value, "b", update.bids);
    if (index == 4) return read_levels(value, "a", update.asks);
    if (auto read = read_id(value, kNames[index], number); !read) return read;
    if (index == 5) {
      update.previous_id = number;
    } else {
      update.event_time_ms = static_cast<std::int64_t>(number);
    }
    return Result<void>{};
  });
  if (!ok) return ok;
  if (auto field = fields.missing(); field && *field != "pu") {
    return missing_field("depth update", *field);
  }
  if (update.first_id > update.last_id) {
    return bad_number("U", std::to_string(update.first_id), "is above the last id \"u\"");
  }
  return {};
}

Result<void> read_trade(ondemand::object object, Trade& trade) {
  static constexpr std::array<std::string_view, 4> kNames = {"t", "p", "q", "m"};
  Fields fields{kNames};
  auto ok = read_fields(object, fields, [&](std::size_t index, ondemand::value value) {
    if (index == 0) return read_id(value, "t", trade.trade_id);
    if (index == 1) return read_decimal(value, "p", trade.price);
    if (index == 2) return read_decimal(value, "q", trade.quantity);
    if (const auto error = value.get_bool().get(trade.buyer_is_maker)) {
      return Result<void>{bad_json(error)};
    }
    return Result<void>{};
  });
  if (!ok) return ok;
  if (auto field = fields.missing()) return missing_field("trade", *field);
  return {};
}

Result<void> read_ticker(ondemand::object object, BookTicker& ticker) {
  static constexpr std::array<std::string_view, 5> kNames = {"u", "b", "B", "a", "A"};
  Fields fields{kNames};
  auto ok = read_fields(object, fields, [&](std::size_t index, ondemand::value value) {
    if (index == 0) return read_id(value, "u", ticker.update_id);
    if (index == 1) return read_decimal(value, "b", ticker.bid.price);
    if (index == 2) return read_decimal(value, "B", ticker.bid.quantity);
    if (index == 3) return read_decimal(value, "a", ticker.ask.price);
    return read_decimal(value, "A", ticker.ask.quantity);
  });
  if (!ok) return ok;
  if (auto field = fields.missing()) return missing_field("bookTicker", *field);
  return {};
}

Result<Frame> read_data(Stream stream, ondemand::value value, DepthUpdate& update) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return bad_json(error);
  const auto framed = [](Result<void> ok, Frame frame) -> Result<Frame> {
    if (!ok) return std::unexpected{std::move(ok).error()};
    return frame;
  };
  if (stream == Stream::depth) {
    auto ok = read_depth(object, update);
    return framed(std::move(ok), &update);
  }
  if (stream == Stream::trade) {
    Trade trade;
    auto ok = read_trade(object, trade);
    return framed(std::move(ok), trade);
  }
  BookTicker ticker;
  auto ok = read_ticker(object, ticker);
  return framed(std::move(ok), ticker);
}

}  // namespace

/// The JSON parser with its buffers, and the walk through the outermost object.
struct FrameParser::Document {
  ondemand::parser parser;
  ondemand::document json;
  std::vector<char> padded;  // The frame with simdjson's padding behind it.

  Result<void> start(std::string_view bytes);
  Result<Frame> read(DepthSnapshot& snapshot, DepthUpdate& update);
};

Result<void> FrameParser::Document::start(std::string_view bytes) {
  if (padded.size() < bytes.size() + simdjson::SIMDJSON_PADDING) {
    padded.resize(2 * bytes.size() + simdjson::SIMDJSON_PADDING);
  }
  std::memcpy(padded.data(), bytes.data(), bytes.size());
  std::memset(padded.data() + bytes.size(), 0, simdjson::SIMDJSON_PADDING);  // See Scanner.
  const auto error = parser.iterate(padded.data(), bytes.size(), padded.size()).get(json);
  if (error) return bad_json(error);
  return {};
}

/// One pass over the outermost object; a second one when the data came before the stream's name.
Result<Frame> FrameParser::Document::read(DepthSnapshot& snapshot, DepthUpdate& update) {
  enum : std::uint8_t { kStream, kData, kLastUpdateId, kBids, kAsks };
  static constexpr std::array<std::string_view, 5> kNames = {"stream", "data", "lastUpdateId",
                                                             "bids", "asks"};
  static constexpr std::array<std::string_view, 3> kSnapshotNames = {"lastUpdateId", "bids",
                                                                     "asks"};
  std::optional<Stream> stream;
  std::optional<Frame> frame;
  Fields snapshot_fields{kSnapshotNames};
  const auto read_one = [&](std::size_t index, ondemand::value value) -> Result<void> {
    if (index == kStream) {
      std::string_view name;
      if (const auto error = value.get_string().get(name)) return bad_json(error);
      stream = stream_of(name);
      if (!stream) return unknown_stream(name);
      return {};
    }
    if (index == kData) {
      if (!stream) return {};  // Left for the second pass.
      auto data = read_data(*stream, value, update);
      if (!data) return std::unexpected{std::move(data).error()};
      frame = *data;
      return {};
    }
    snapshot_fields.see(index - kLastUpdateId);
    if (index == kLastUpdateId) return read_id(value, kNames[index], snapshot.last_update_id);
    return read_levels(value, kNames[index], index == kBids ? snapshot.bids : snapshot.asks);
  };
  Fields fields{kNames};
  for (int pass = 0; pass < 2; ++pass) {
    ondemand::object object;
    if (const auto error = json.get_object().get(object)) return bad_json(error);
    if (auto ok = read_fields(object, fields, read_one); !ok) return std::unexpected{ok.error()};
    const bool data_came_first = stream && !frame && fields.saw(kData);
    if (!data_came_first) break;
    json.rewind();
  }
  if (!json.current_location().error()) return bad_json(simdjson::TRAILING_CONTENT);
  if (frame) return *frame;
  if (stream) return missing_field("frame of a stream", "data");
  if (!snapshot_fields.any()) return unknown_stream("");
  if (auto field = snapshot_fields.missing()) return missing_field("depth snapshot", *field);
  return &snapshot;
}

FrameParser::FrameParser() : document_{std::make_unique<Document>()} {}
FrameParser::~FrameParser() = default;
FrameParser::FrameParser(FrameParser&&) noexcept = default;
FrameParser& FrameParser::operator=(FrameParser&&) noexcept = default;

Result<Frame> FrameParser::parse(std::string_view json) {
  if (json.size() > kFrameBytesMax) {
    return fail("frame_too_large",
                fmt::format("the frame has {} bytes, {} are the limit; it is skipped", json.size(),
                            kFrameBytesMax));
  }
  if (auto ok = document_->start(json); !ok) return std::unexpected{std::move(ok).error()};
  return document_->read(snapshot_, update_);
}

}  // namespace arbitrage
