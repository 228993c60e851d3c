#include "mycelium/runtime/read_mark.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

namespace mycelium {
namespace {

// Every mark there is. Never ends, because threads may outlive the program's static objects.
struct Marks {
  std::mutex mutex;
  std::vector<ReadMark*> all;
  std::vector<ReadMark*> unused;

  static Marks& of_process() {
    static Marks* const marks = new Marks;
    return *marks;
  }
};

}  // namespace

ReadMark& ReadMark::take() {
  ProcessBarrier::prepare();
  Marks& marks = Marks::of_process();
  const std::scoped_lock lock{marks.mutex};
  if (marks.unused.empty()) {
    marks.unused.reserve(marks.all.size() + 1);  // So that giving back never allocates.
    marks.all.push_back(new ReadMark);
    return *marks.all.back();
  }
  ReadMark* const taken = marks.unused.back();
  marks.unused.pop_back();
  return *taken;
}

void ReadMark::give_back() noexcept {
  MYCELIUM_DASSERT(!is_inside(), "whoever gives a mark back does not read");
  Marks& marks = Marks::of_process();
  const std::scoped_lock lock{marks.mutex};
  marks.unused.push_back(this);
}

struct ReadMark::GivesBack {
  ~GivesBack() { std::exchange(mine_, nullptr)->give_back(); }
};

ReadMark& ReadMark::take_for_this_thread() {
  mine_ = &take();
  // One that is taken behind the end of this object stays with the ending thread for good.
  thread_local const GivesBack gives_back;
  static_cast<void>(gives_back);
  return *mine_;
}

GracePeriod GracePeriod::begin() {
  ProcessBarrier::prepare();
  ProcessBarrier::heavy();
  GracePeriod period;
  Marks& marks = Marks::of_process();
  // A mark that is not here yet belongs to one who begins behind this lock.
  const std::scoped_lock lock{marks.mutex};
  for (const ReadMark* const mark : marks.all) {
    // Acquire: pairs with leave().
    const std::uint64_t count = mark->count_.load(std::memory_order_acquire);
    if ((count & 1U) != 0) period.readers_.push_back({mark, count});
  }
  return period;
}

bool GracePeriod::is_over() noexcept {
  std::erase_if(readers_, [](const Reader& reader) {
    // Acquire: pairs with leave().
    return reader.mark->count_.load(std::memory_order_acquire) != reader.count;
  });
  return readers_.empty();
}

std::vector<Retired::Item> Retired::take_free(std::size_t bytes_in_use) noexcept {
  if (old_.empty()) {
    if (young_bytes_ < std::max(kBytesWorthIt, bytes_in_use)) return {};
    try {
      period_ = GracePeriod::begin();
    } catch (const std::bad_alloc&) {
      return {};  // It is tried again at the next change.
    }
    old_ = std::exchange(young_, {});
    young_bytes_ = 0;
  }
  return period_.is_over() ? std::exchange(old_, {}) : std::vector<Item>{};
}

}  // namespace mycelium
