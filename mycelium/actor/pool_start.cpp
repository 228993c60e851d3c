#include "mycelium/actor/pool_start.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "mycelium/actor/system.hpp"
#include "mycelium/protocol/topic_name.hpp"

namespace mycelium::detail {

PoolStart::PoolStart(System& system, std::string_view name, std::uint32_t count)
    : system_{system}, name_{name} {
  if (count == 0)
    throw std::invalid_argument{fmt::format("the pool \"{}\" has no members: 1 or more", name)};
}

PoolStart::~PoolStart() {
  if (finished_) return;
  for (const AnyRef& member : members_) system_.stop(member, StopMode::discard);
}

std::string PoolStart::next_name() const {
  const Result<TopicName> name = TopicName::partition(name_, started());
  if (!name) throw std::invalid_argument{name.error().message};
  return name->text();
}

SpawnOptions PoolStart::next_options(SpawnOptions options, std::uint16_t workers) const {
  if (!options.worker && !options.dedicated)
    options.worker = static_cast<std::uint16_t>(started() % workers);
  return options;
}

void PoolStart::add(const AnyRef& member, const Result<void>& joined) {
  members_.push_back(member);
  if (!joined && joined.error().code != "not_there")
    throw std::invalid_argument{joined.error().message};
}

}  // namespace mycelium::detail
