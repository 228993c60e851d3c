#pragma once

namespace mycelium {

/// Work of a worker that may wait until its step has handled its messages, so that it holds none of
/// them up. Thread-safety: none; confined to its worker.
struct StepEndTask {
  void (*run)(StepEndTask& task);  ///< It waits no more by then, and may be put in again.
  StepEndTask* next = nullptr;
  bool waits = false;
};

/// Such tasks in the order in which they came. Thread-safety: none. Memory: the tasks' own, which
/// live until they have been run or taken back.
class StepEndTasks {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }

  /// Idempotent while the task waits.
  void add(StepEndTask& task) noexcept {
    if (task.waits) return;
    task.waits = true;
    task.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &task;
    tail_ = &task;
  }
  /// Of a task whose subject ends. O(tasks that wait).
  void take_back(StepEndTask& task) noexcept {
    if (!task.waits) return;
    task.waits = false;
    StepEndTask* before = nullptr;
    for (StepEndTask* each = head_; each != &task; each = each->next) before = each;
    (before == nullptr ? head_ : before->next) = task.next;
    if (tail_ == &task) tail_ = before;
  }
  void run_all() {
    while (head_ != nullptr) {
      StepEndTask& task = *head_;
      head_ = task.next;
      task.waits = false;
      task.run(task);
    }
  }

 private:
  StepEndTask* head_ = nullptr;
  StepEndTask* tail_ = nullptr;
};

}  // namespace mycelium
