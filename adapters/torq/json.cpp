#include "adapters/torq/json.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <iterator>
#include <span>

namespace torq {
namespace {

template <typename... Arguments>
void print(std::string& out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Arguments>(arguments)...);
}

template <typename Byte>
void append_hex(std::string& out, std::span<const Byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\"0x";
  for (const Byte byte : bytes) {
    const auto number = static_cast<unsigned>(byte);
    out += kDigits[number >> 4];
    out += kDigits[number & 0xF];
  }
  out += '"';
}

void append_value(std::string& out, const U128& value) {
  std::array<char, 40> digits;
  std::size_t at = digits.size();
  NativeU128 left = value.value();
  do {
    digits[--at] = static_cast<char>('0' + static_cast<int>(left % 10));
    left /= 10;
  } while (left != 0);
  out.append(digits.data() + at, digits.size() - at);
}

template <typename F>
  requires std::is_integral_v<F>
void append_value(std::string& out, F value) {
  print(out, "{}", value);
}

template <std::size_t kCount>
void append_value(std::string& out, const std::array<std::uint8_t, kCount>& bytes) {
  append_hex(out, std::span<const std::uint8_t>{bytes});
}

template <typename P>
  requires std::is_class_v<P>
void append_value(std::string& out, const P& value);

template <typename F>
void append_list(std::string& out, std::span<const F> values) {
  out += '[';
  for (std::size_t index = 0; index < values.size(); ++index) {
    if (index > 0) out += ',';
    append_value(out, values[index]);
  }
  out += ']';
}

template <typename F, std::size_t kCount>
void append_value(std::string& out, const std::array<F, kCount>& values) {
  append_list(out, std::span<const F>{values});
}

// How many entries of a list are in use, where the payload says it.
template <typename P, typename F>
void append_member(std::string& out, const P&, const F& value) {
  append_value(out, value);
}
void append_member(std::string& out, const BookSide& side,
                   const std::array<BookLevel, BookSide::kLevelsMax>&) {
  append_list(out, side.used());
}
void append_member(std::string& out, const StateInvalidation& invalidation,
                   const std::array<InstrumentId, StateInvalidation::kInstrumentsMax>&) {
  append_list(out, invalidation.used());
}
void append_member(std::string& out, const PoolLiquidity& pool,
                   const std::array<U128, PoolLiquidity::kReservesMax>& reserves) {
  const auto count = std::min<std::size_t>(pool.reserve_count, reserves.size());
  append_list(out, std::span<const U128>{reserves}.first(count));
}

template <typename P>
  requires std::is_class_v<P>
void append_value(std::string& out, const P& value) {
  using Members = boost::describe::describe_members<P, boost::describe::mod_public>;
  char before = '{';
  boost::mp11::mp_for_each<Members>([&](auto member) {
    print(out, "{}\"{}\":", before, member.name);
    append_member(out, value, value.*member.pointer);
    before = ',';
  });
  out += '}';
}

}  // namespace

void append_json(std::string& out, const Tlv& tlv) {
  print(out, R"({{"type":{},"name":"{}","size":{},"fields":)", tlv.type, tlv.rule().name,
        tlv.payload.size());
  if (!tlv.visit([&](const auto& payload) { append_value(out, payload); })) {
    out += R"({"bytes":)";
    append_hex(out, tlv.payload);
    out += '}';
  }
  out += '}';
}

void append_json(std::string& out, const StreamMessage& message) {
  const Header& header = message.message.header;
  print(out, R"({{"offset":{},"domain":{},"source":{},"sequence":{},"timestamp_ns":{},"tlvs":[)",
        message.offset, static_cast<unsigned>(header.domain), static_cast<unsigned>(header.source),
        header.sequence, header.timestamp_ns);
  bool first = true;
  for (const Tlv& tlv : message.message.tlvs()) {
    if (!first) out += ',';
    append_json(out, tlv);
    first = false;
  }
  out += "]}";
}

void append_json(std::string& out, const StreamFault& fault) {
  // The detail has no character that JSON would have to escape.
  print(out, R"({{"offset":{},"error":"{}","detail":"{}","skipped":{}}})", fault.offset,
        name_of(fault.fault.code), describe(fault.fault), fault.skipped);
}

}  // namespace torq
