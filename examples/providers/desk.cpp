#include "providers/desk.hpp"

#include <string_view>
#include <utility>

#include "mycelium/actor/registry.hpp"

namespace providers {
namespace {

// Urgent: it passes by the frames that wait. False: there is no such actor, or it has no room for
// urgent messages just now.
template <typename M>
bool tell(mycelium::Context& context, std::uint32_t provider) {
  const auto ref = context.registry().lookup<Start, Pause, Stop>(kProviders[provider]);
  return ref && ref->try_send_urgent(M{}) != mycelium::SendResult::full;
}

}  // namespace

void Desk::on_start(mycelium::Context& context) {
  context.subscribe<MarketData>("market.*", {.overflow = mycelium::Overflow::block});
}

void Desk::handle(const MarketData& data, mycelium::Context& context) {
  (*board_)[data.provider].take(data);
  if (!first_ns_) first_ns_ = data.time_ns;
  if (!planned_.empty() || !begun_.empty()) control(data.time_ns - *first_ns_, context);
}

// What could not be told is tried again with the next message.
void Desk::control(std::int64_t elapsed_ns, mycelium::Context& context) {
  std::erase_if(planned_, [&](const Interruption& planned) {
    if (elapsed_ns < planned.at.count()) return false;
    const bool told = planned.closes ? tell<Stop>(context, planned.provider)
                                     : tell<Pause>(context, planned.provider);
    if (told) begun_.push_back(planned);
    return told;
  });
  std::erase_if(begun_, [&](const Interruption& begun) {
    return elapsed_ns >= (begun.at + begun.length).count() && tell<Start>(context, begun.provider);
  });
}

}  // namespace providers
