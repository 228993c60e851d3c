#include "providers/child_process.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace providers {
namespace {

mycelium::Result<ChildProcess> start_shell(const std::string& script) {
  return ChildProcess::start({"-c", script}, "/bin/sh");
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 256> memory;
  for (ssize_t count = 0; (count = ::read(descriptor, memory.data(), memory.size())) > 0;)
    text.append(memory.data(), static_cast<std::size_t>(count));
  return text;
}

TEST(ChildProcess, ItsOutputEndsWithItAndItsStatusIsTold) {
  auto child = start_shell("echo one; exit 7");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(read_all(child->output()), "one\n");
  EXPECT_EQ(child->wait(), 7);
  auto killed = start_shell("kill -9 $$");
  ASSERT_TRUE(killed.has_value());
  EXPECT_EQ(killed->wait(), 128 + 9);
}

TEST(ChildProcess, AProgramThatIsNotThereIsAStatus) {
  auto child = ChildProcess::start({}, "/no/such/program");
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ(child->wait(), 127);
}

TEST(ChildProcess, InheritsNoSocketOfItsParent) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()), 0);
  {
    auto child = start_shell("echo here; while :; do :; done");
    ASSERT_TRUE(child.has_value());
    std::array<char, 1> first{};
    ASSERT_EQ(::read(child->output(), first.data(), first.size()), 1);
    // While the child lives, closing one end is seen at the other: nobody else has it.
    ::close(sockets[0]);
    EXPECT_EQ(::recv(sockets[1], first.data(), first.size(), 0), 0);
  }
  ::close(sockets[1]);
}

TEST(ChildProcess, OneThatIsLeftIsKilledAndReaped) {
  pid_t pid = 0;
  {
    auto child = start_shell("echo here; while :; do :; done");
    ASSERT_TRUE(child.has_value());
    pid = child->pid();
    std::array<char, 1> first{};
    ASSERT_EQ(::read(child->output(), first.data(), first.size()), 1);
  }
  EXPECT_EQ(::waitpid(pid, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace providers
