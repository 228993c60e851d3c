#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <optional>

#include "adapters/torq/header.hpp"
#include "adapters/torq/tlv_type.hpp"

namespace torq {

// TLV      = standard / extended
// standard = u8 type  u8 length  payload             0 to 255 bytes
// extended = FF 00  u8 type  u16 length  payload     0 to 65,535 bytes

inline constexpr std::size_t kStandardTlvBytes = 2;
inline constexpr std::size_t kExtendedTlvBytes = 5;
inline constexpr std::size_t kStandardPayloadMax = 255;
inline constexpr std::size_t kExtendedPayloadMax = 65'535;

/// One TLV of a message; a view into its bytes.
struct Tlv {
  std::uint8_t type = 0;
  Bytes payload;

  [[nodiscard]] const TypeRule& rule() const noexcept { return type_rule(type); }
  /// Whether it can be read as `P`.
  template <Payload P>
  [[nodiscard]] bool holds() const noexcept {
    return type == WireLayout<P>::kType && payload.size() == WireLayout<P>::kBytes;
  }
  /// The payload, by copy. Nothing when it is of another type, or of a size that is kept as bytes.
  template <Payload P>
  [[nodiscard]] std::optional<P> get() const noexcept {
    if (!holds<P>()) return std::nullopt;
    return decode<P>(payload.data());
  }
  /// Calls `visit` with the payload, of whatever type; false when it is kept as bytes. O(types).
  template <typename Visit>
  bool visit(Visit&& visit) const {
    const auto try_type = [&]<typename P>() {
      if (!holds<P>()) return false;
      visit(decode<P>(payload.data()));
      return true;
    };
    return [&]<typename... Ps>(boost::mp11::mp_list<Ps...>) {
      return (try_type.template operator()<Ps>() || ...);
    }(AllPayloads{});
  }
};

/// Reads the TLV at the start of `bytes`, `at` bytes into its message, and takes it away from them.
/// Errors: `truncated_tlv`, `bad_extended_tlv`, `bad_size`. Requires: bytes are left.
[[nodiscard]] std::optional<Fault> take_tlv(Bytes& bytes, std::uint32_t at, Tlv& tlv) noexcept;

/// The TLVs of a message that has been checked: a range of `Tlv`.
class TlvRange {
 public:
  class Iterator {
   public:
    using value_type = Tlv;
    using difference_type = std::ptrdiff_t;
    explicit Iterator(Bytes left) noexcept : left_{left} { ++*this; }
    const Tlv& operator*() const noexcept { return tlv_; }
    const Tlv* operator->() const noexcept { return &tlv_; }
    Iterator& operator++() noexcept {
      at_end_ = left_.empty() || take_tlv(left_, 0, tlv_).has_value();
      return *this;
    }
    void operator++(int) noexcept { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return at_end_; }

   private:
    Bytes left_;
    Tlv tlv_;
    bool at_end_ = false;
  };

  explicit TlvRange(Bytes bytes) noexcept : bytes_{bytes} {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{bytes_}; }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

 private:
  Bytes bytes_;
};

/// A message that has been checked; a view into its bytes.
///
///     for (const Tlv& tlv : message->tlvs()) {
///       if (const auto trade = tlv.get<Trade>()) ...
///     }
struct MessageView {
  Header header;
  Bytes bytes;  ///< The whole message, header included.
  std::uint32_t unknown_tlvs = 0;

  [[nodiscard]] TlvRange tlvs() const noexcept { return TlvRange{bytes.subspan(kHeaderBytes)}; }
};

/// Reads the message at the start of `bytes`; what follows it is not looked at. Looks at header,
/// length, checksum and every TLV; a TLV of unknown type is counted, not refused. O(bytes); never
/// allocates. Errors: a `Fault`, the first in the order of `FaultCode`.
[[nodiscard]] std::expected<MessageView, Fault> parse_message(Bytes bytes,
                                                              const ParseOptions& options) noexcept;

}  // namespace torq
