#include "arbitrage/view/screen.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

namespace arbitrage {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

// As setlocale decides: the first of these that is set.
bool locale_is_utf8() {
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    locale = variable(name);
    if (!locale.empty()) break;
  }
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char symbol) { return static_cast<char>(std::tolower(symbol)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

}  // namespace

std::unique_ptr<Terminal> Terminal::find(int descriptor) {
  const std::string kind = variable("TERM");
  if (::isatty(descriptor) == 0 || kind.empty() || kind == "dumb") return nullptr;
  const ScreenStyle style{.colour = variable("NO_COLOR").empty(), .unicode = locale_is_utf8()};
  return std::unique_ptr<Terminal>{new Terminal{descriptor, style}};
}

ScreenSize Terminal::size() const {
  winsize window{};
  if (::ioctl(descriptor_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
    return {};
  return {window.ws_col, window.ws_row};
}

void Terminal::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd room{descriptor_, POLLOUT, 0};
      if (::poll(&room, 1, -1) < 0 && errno != EINTR) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool share_terminal(int one, int other) {
  struct stat first{};
  struct stat second{};
  if (::isatty(one) == 0 || ::isatty(other) == 0) return false;
  if (::fstat(one, &first) != 0 || ::fstat(other, &second) != 0) return false;
  return first.st_rdev == second.st_rdev;
}

}  // namespace arbitrage
