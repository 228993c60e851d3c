#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace providers {

/// One thread that serves any number of sockets. Life-cycle: `stop` before what its sockets'
/// handlers refer to ends; handlers that did not run then are destroyed with this.
class IoThread {
 public:
  IoThread();
  ~IoThread() { stop(); }
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }
  /// Waits for the handler that runs, and ends the thread. Idempotent.
  void stop();

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace providers
