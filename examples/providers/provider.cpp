#include "providers/provider.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>
#include <variant>

#include "providers/feed_frame.hpp"

namespace providers {
namespace {

// How soon a publication that found no room is tried again.
constexpr std::chrono::microseconds kRoomPause{50};

DataKind kind_of(const arbitrage::Frame& frame) noexcept {
  if (std::holds_alternative<const arbitrage::DepthUpdate*>(frame)) return DataKind::depth;
  if (std::holds_alternative<arbitrage::Trade>(frame)) return DataKind::trade;
  if (std::holds_alternative<arbitrage::BookTicker>(frame)) return DataKind::ticker;
  return DataKind::depth;  // The answer to a recorder's request for a snapshot is a frame as any.
}

}  // namespace

Provider::Provider(ProviderOptions options, mycelium::Context& context)
    : options_{std::move(options)},
      publisher_{context.publisher<MarketData>("market." + options_.name())} {}

void Provider::on_start(mycelium::Context& context) {
  options_.timeline->add(
      {.step = Step::runs, .at = context.clock().monotonic(), .sequence = state_.sequence});
  context.every(options_.silence_max, SilenceCheck{});
  if (state_.mode == Mode::running) open_link(context);
}

void Provider::handle(const Start&, mycelium::Context& context) {
  state_.mode = Mode::running;
  has_heard_ = true;
  if (link_ == nullptr) return open_link(context);
  link_->resume();
}

void Provider::handle(const Pause&) {
  if (state_.mode != Mode::running) return;
  state_.mode = Mode::paused;
  if (link_ != nullptr) link_->pause();
}

void Provider::handle(const Stop&) {
  state_.mode = Mode::stopped;
  link_.reset();
}

void Provider::open_link(mycelium::Context& context) {
  // What an earlier incarnation's connection had sent may still wait: its numbers are others.
  session_ = (context.restarts() << 32U) | ++links_opened_;
  has_heard_ = is_first_ = true;
  link_ = options_.links->open(options_.name(), context.self<Provider>(), session_);
}

void Provider::handle(const LinkUp& up, mycelium::Context& context) {
  if (link_ == nullptr || up.session != session_) return;
  has_heard_ = true;
  options_.timeline->add(
      {.step = Step::connected, .at = context.clock().monotonic(), .sequence = state_.sequence});
}

mycelium::Task<> Provider::handle(const FrameReceived& received, mycelium::Context& context) {
  if (link_ == nullptr || received.session != session_) co_return;
  has_heard_ = true;
  const MarketData data = read(received.text, context);
  while (publisher_.publish(data).full > 0) co_await context.sleep(kRoomPause);
  state_.sequence = data.sequence;
  if (received.session != session_) co_return;  // Stopped and started again while it waited.
  if (std::exchange(is_first_, false)) {
    options_.timeline->add({.step = Step::first_message,
                            .at = context.clock().monotonic(),
                            .sequence = state_.sequence});
  }
  if (data.kind != DataKind::end) co_return;
  link_.reset();
  context.end();
}

// Throws when the frame makes no sense: what comes next on this connection cannot be trusted.
MarketData Provider::read(const std::string& text, mycelium::Context& context) {
  const auto frame = read_frame(text);
  if (!frame) fail(context.clock().monotonic(), frame.error().message);
  MarketData data{options_.index, DataKind::end, frame->sequence, frame->time_ns};
  if (frame->kind == FrameKind::end) return data;
  const auto parsed = parser_.parse(frame->json);
  if (!parsed)
    fail(context.clock().monotonic(),
         fmt::format("frame {}: {}", frame->sequence, parsed.error().message));
  data.kind = frame->kind == FrameKind::snapshot ? DataKind::snapshot : kind_of(*parsed);
  return data;
}

void Provider::handle(const LinkLost& lost) {
  if (link_ == nullptr || lost.session != session_) return;
  fail(mycelium::Instant{std::chrono::nanoseconds{lost.noticed_ns}}, lost.why);
}

void Provider::handle(const SilenceCheck&, mycelium::Context& context) {
  if (std::exchange(has_heard_, false) || link_ == nullptr || state_.mode != Mode::running) return;
  fail(context.clock().monotonic(),
       fmt::format("the venue has said nothing for {} ms",
                   std::chrono::round<std::chrono::milliseconds>(options_.silence_max).count()));
}

void Provider::fail(mycelium::Instant noticed, const std::string& why) {
  options_.timeline->add(
      {.step = Step::lost, .at = noticed, .sequence = state_.sequence, .why = why});
  throw std::runtime_error{why};
}

}  // namespace providers
