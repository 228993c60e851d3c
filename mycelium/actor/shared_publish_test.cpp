#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "mycelium/actor/system.hpp"
#include "mycelium/runtime/os_clock.hpp"

// One message, many subscribers: who shares it and who copies it.
namespace mycelium {
namespace {

int copies = 0;  // Of every Book; the workers are stepped by this thread.

struct CopyCounter {
  CopyCounter() = default;
  CopyCounter(const CopyCounter&) { ++copies; }
  CopyCounter(CopyCounter&&) noexcept {}
  CopyCounter& operator=(const CopyCounter&) = delete;
};

struct Book {
  int number;
  CopyCounter counter{};
};
MYCELIUM_MESSAGE(Book, 741, "test.shared_publish.book", number, counter)
struct Page {
  int number;
  CopyCounter counter{};
  std::array<std::byte, 3000> bytes{};  // Too large for a lane.
};
MYCELIUM_MESSAGE(Page, 742, "test.shared_publish.page", number, counter, bytes)

struct Read {
  std::vector<int> numbers;
  std::set<const void*> places;  // Where the messages lay.
};

class Reader {
 public:
  using Handles = Messages<Book, Page, Gap>;
  Reader(Read& read, SubscriptionOptions options) : read_{&read}, options_{options} {}
  void on_start(Context& context) {
    context.subscribe<Book>(options_);
    context.subscribe<Page>(options_);
  }
  void handle(const Book& book) { note(book.number, &book); }
  void handle(const Page& page) { note(page.number, &page); }
  void handle(const Gap& gap) { read_->numbers.push_back(-static_cast<int>(gap.missed)); }

 private:
  void note(int number, const void* place) {
    read_->numbers.push_back(number);
    read_->places.insert(place);
  }
  Read* read_;
  SubscriptionOptions options_;
};

class SharedPublishTest : public ::testing::Test {
 protected:
  // Three readers of each policy on each of two workers.
  void spawn_readers() {
    for (const Overflow overflow :
         {Overflow::block, Overflow::drop_newest, Overflow::drop_oldest}) {
      for (std::uint16_t index = 0; index < 6; ++index) {
        system_.spawn([=, this](Context&) { return Reader{read_, {overflow}}; },
                      {.worker = static_cast<std::uint16_t>(index % 2)});
      }
    }
    settle();
  }
  void settle() {
    while (system_.step() > 0) {
    }
  }

  Read read_;
  ManualClock clock_;
  System system_{{.workers = 2, .clock = &clock_, .drive = Drive::manual}};
  Topic<Book>& books_ = system_.topic<Book>();
  Topic<Page>& pages_ = system_.topic<Page>();
};

// Promises: D7
TEST_F(SharedPublishTest, ASharedMessageIsOneObjectForAllSubscribersWhereverTheyAre) {
  spawn_readers();
  Subscriber<Book> pull{books_};
  const auto book = Shared<Book>::make(Book{7});
  copies = 0;
  EXPECT_EQ(books_.publish(book).delivered, 19U);
  settle();
  EXPECT_EQ(read_.numbers, std::vector<int>(18, 7));
  EXPECT_EQ(read_.places, (std::set<const void*>{&*book}));
  EXPECT_EQ(&*pull.next_shared(), &*book);
  EXPECT_EQ(copies, 0);
  EXPECT_EQ(book.use_count(), 1U);
}

// Promises: D7
TEST_F(SharedPublishTest, AWorkerPublishesASharedMessageToItsOwnAndOthersActors) {
  spawn_readers();
  class Author {
   public:
    using Handles = Messages<Page>;
    void on_start(Context& context) {
      const auto book = Shared<Book>::make(Book{3});
      EXPECT_EQ(context.publisher<Book>().publish(book).delivered, 18U);
    }
    void handle(const Page&) {}
  };
  copies = 0;
  system_.spawn([](Context&) { return Author{}; }, {.worker = 1});
  settle();
  EXPECT_EQ(read_.numbers, std::vector<int>(18, 3));
  EXPECT_EQ(read_.places.size(), 1U);
  EXPECT_EQ(copies, 0);
}

// Promises: D7
TEST_F(SharedPublishTest, WhatIsTooLargeForALaneIsCopiedOnceForAll) {
  spawn_readers();
  const Page page{5};
  copies = 0;
  EXPECT_EQ(pages_.publish(page).delivered, 18U);
  settle();
  EXPECT_EQ(read_.numbers, std::vector<int>(18, 5));
  EXPECT_EQ(read_.places.size(), 1U);
  EXPECT_EQ(copies, 1);
}

// Promises: D6
TEST_F(SharedPublishTest, ASubscriptionsBoundAndItsGapHoldForSharedMessages) {
  system_.spawn([this](Context&) {
    return Reader{read_, {.overflow = Overflow::drop_oldest, .capacity = 2}};
  });
  settle();
  const auto book = Shared<Book>::make(Book{9});
  for (int count = 0; count < 5; ++count) EXPECT_EQ(books_.publish(book).delivered, 1U);
  settle();
  EXPECT_EQ(read_.numbers, (std::vector<int>{-3, 9, 9}));
  EXPECT_EQ(book.use_count(), 1U);
  EXPECT_EQ(books_.dropped(), 3U);
}

// Promises: D7
TEST_F(SharedPublishTest, ABlockSubscriberWithoutRoomMeansThatNobodyHoldsIt) {
  spawn_readers();
  Subscriber<Book> narrow{books_, {.capacity = 1, .overflow = Overflow::block}};
  const auto book = Shared<Book>::make(Book{1});
  EXPECT_EQ(books_.publish(book).full, 0U);
  settle();
  EXPECT_EQ(books_.publish(book).full, 1U);
  EXPECT_EQ(book.use_count(), 2U);  // This one, and what nobody has pulled yet.
  EXPECT_EQ(narrow.next()->number, 1);
  EXPECT_EQ(book.use_count(), 1U);
}

// Promises: R4
TEST_F(SharedPublishTest, ATopicThatRetainsKeepsACopyOfASharedMessage) {
  static_cast<void>(system_.topic<Book>({}, {.retain = Retain::last}));
  const auto book = Shared<Book>::make(Book{4});
  EXPECT_EQ(books_.publish(book).delivered, 0U);
  EXPECT_EQ(book.use_count(), 1U);
  spawn_readers();
  EXPECT_EQ(read_.numbers, std::vector<int>(18, 4));
}

}  // namespace
}  // namespace mycelium
