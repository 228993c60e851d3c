#include "mycelium/runtime/step_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace mycelium {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StepEndTasksTest : public testing::Test {
 protected:
  struct Noting : StepEndTask {
    Noting(std::vector<int>& into, int id)
        : StepEndTask{[](StepEndTask& task) {
            auto& self = static_cast<Noting&>(task);
            self.notes.push_back(self.number);
            if (self.follower != nullptr) self.tasks->add(*self.follower);
          }},
          notes{into},
          number{id} {}
    std::vector<int>& notes;
    int number;
    StepEndTasks* tasks = nullptr;
    Noting* follower = nullptr;
  };

  std::vector<int> ran_;
  StepEndTasks tasks_;
  Noting first_{ran_, 1};
  Noting second_{ran_, 2};
  Noting third_{ran_, 3};
};

TEST_F(StepEndTasksTest, RunsEachOnceInTheOrderInWhichTheyCame) {
  tasks_.add(first_);
  tasks_.add(second_);
  tasks_.add(first_);
  tasks_.run_all();
  EXPECT_THAT(ran_, ElementsAre(1, 2));
  EXPECT_TRUE(tasks_.empty());
}

TEST_F(StepEndTasksTest, ATaskMayComeAgainWhenItHasRun) {
  tasks_.add(first_);
  tasks_.run_all();
  tasks_.add(first_);
  tasks_.run_all();
  EXPECT_THAT(ran_, ElementsAre(1, 1));
}

TEST_F(StepEndTasksTest, RunsWhatATaskAdds) {
  first_.tasks = &tasks_;
  first_.follower = &third_;
  tasks_.add(first_);
  tasks_.add(second_);
  tasks_.run_all();
  EXPECT_THAT(ran_, ElementsAre(1, 2, 3));
}

TEST_F(StepEndTasksTest, WhatIsTakenBackDoesNotRunAndTheOthersDo) {
  Noting* const all[] = {&first_, &second_, &third_};
  for (Noting* gone : all) {
    ran_.clear();
    for (Noting* task : all) tasks_.add(*task);
    tasks_.take_back(*gone);
    tasks_.take_back(*gone);  // It waits no more.
    tasks_.add(*gone);        // Now the last.
    tasks_.take_back(*gone);
    tasks_.run_all();
    std::vector<int> expected{1, 2, 3};
    std::erase(expected, gone->number);
    EXPECT_EQ(ran_, expected);
  }
}

TEST_F(StepEndTasksTest, TheOnlyOneCanBeTakenBack) {
  tasks_.add(first_);
  tasks_.take_back(first_);
  EXPECT_TRUE(tasks_.empty());
  tasks_.add(second_);
  tasks_.run_all();
  EXPECT_THAT(ran_, ElementsAre(2));
}

}  // namespace
}  // namespace mycelium
