#include "providers/io_thread.hpp"

namespace providers {

IoThread::IoThread()
    : work_{boost::asio::make_work_guard(context_)}, thread_{[this] { context_.run(); }} {}

void IoThread::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace providers
