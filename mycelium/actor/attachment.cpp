#include "mycelium/actor/attachment.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace mycelium {

Worker& System::take_attachment() {
  if (options_.drive == Drive::manual) {
    throw std::logic_error{
        "a system that is driven by hand is its driver's alone: no thread attaches to it"};
  }
  if (Worker::current() != nullptr)
    throw std::logic_error{"this thread is a worker, or is attached already"};
  const std::scoped_lock lock{mutex_};
  Worker* worker = nullptr;
  if (!attachments_.empty()) {
    worker = attachments_.back();
    attachments_.pop_back();
  } else {
    worker = group_.add_attachment();
  }
  if (worker == nullptr) {
    if (group_.count() < kWorkersMax)
      throw std::logic_error{"the system has been shut down; nothing can attach to it"};
    throw std::length_error{fmt::format(
        "there are {} workers and attached threads already; no further thread can attach",
        kWorkersMax)};
  }
  ++attached_;
  return *worker;
}

void System::give_back(Worker& attachment) {
  const std::scoped_lock lock{mutex_};
  attachments_.push_back(&attachment);
  --attached_;
}

}  // namespace mycelium
