#include "arbitrage/view/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

namespace arbitrage {
namespace {

using mycelium::Result;
namespace fs = std::filesystem;

constexpr ::mode_t kNewFileMode = 0666;  // Less what the process's umask takes away.

// Where the bytes go.
struct Target {
  fs::path path;  // With symbolic links followed: a link stays one, and what it names is replaced.
  bool direct = false;  // Written in place.
  bool exists = false;
  ::mode_t mode = 0;  // Of what exists.
};

class Descriptor {
 public:
  explicit Descriptor(int value) : value_{value} {}
  Descriptor(Descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int value() const noexcept { return value_; }
  /// Errors show here too: some file systems say only now that the disk is full. 0 or an error
  /// number.
  [[nodiscard]] int close() { return ::close(std::exchange(value_, -1)) == 0 ? 0 : errno; }

 private:
  int value_;
};

std::string reason_of(int system_error) { return std::generic_category().message(system_error); }

std::unexpected<mycelium::Error> not_writable(const fs::path& path, int system_error) {
  return mycelium::fail(
      "not_writable",
      fmt::format(
          "cannot write to \"{}\": {}; name a file in a folder that exists and that you may "
          "write to",
          path.string(), reason_of(system_error)));
}

std::unexpected<mycelium::Error> write_failed(const fs::path& path, int system_error) {
  return mycelium::fail(
      "write_failed",
      fmt::format(
          "writing to \"{}\" failed: {}; {}", path.string(), reason_of(system_error),
          system_error == ENOSPC ? "make room there or name another file" : "name another file"));
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path{"."};
}

bool is_of_the_system(const fs::path& path) {
  const std::string text = path.lexically_normal().string();
  return text.starts_with("/dev/") || text.starts_with("/proc/");
}

// Errors: the system's error number.
std::expected<Target, int> look_at(const fs::path& path) {
  Target target{path, is_of_the_system(path), false, 0};
  if (path.empty()) return std::unexpected{ENOENT};
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return std::unexpected{errno};
    // Nothing there, or a link to nothing, which must not be replaced.
    if (fs::is_symlink(fs::symlink_status(path))) target.direct = true;
    if (!path.has_filename()) return std::unexpected{EISDIR};
    return target;
  }
  if (S_ISDIR(status.st_mode)) return std::unexpected{EISDIR};
  target.exists = true;
  target.mode = status.st_mode & 07777U;
  if (!S_ISREG(status.st_mode)) target.direct = true;
  if (target.direct) return target;
  std::error_code error;
  target.path = fs::canonical(path, error);
  if (error) return std::unexpected{error.value()};
  if (::access(folder_of(target.path).c_str(), W_OK | X_OK) != 0) target.direct = true;
  return target;
}

int open_direct(const Target& target) {
  // What may be behind /dev/stdout has been written to through that descriptor; another one would
  // start at the front.
  if (target.path == "/dev/stdout") return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (target.path == "/dev/stderr") return ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  const int placement = is_of_the_system(target.path) ? O_APPEND : O_TRUNC;
  return ::open(target.path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | placement,
                kNewFileMode);
}

// A name that is not taken, beside the target: renaming works within a file system only.
std::expected<std::pair<fs::path, int>, int> open_beside(const Target& target) {
  constexpr int kTriesMax =
      100;  // Left behind by as many processes of our number that were killed.
  for (int attempt = 0; attempt < kTriesMax; ++attempt) {
    fs::path path = folder_of(target.path);
    path /= fmt::format(".{}.{}-{}.partial", target.path.filename().string(), ::getpid(), attempt);
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFileMode);
    if (descriptor >= 0) return std::pair{std::move(path), descriptor};
    if (errno != EEXIST) return std::unexpected{errno};
  }
  return std::unexpected{EEXIST};
}

// 0 or an error number.
int write_all(const Descriptor& descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor.value(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

Result<void> write_direct(const fs::path& path, const Target& target, std::string_view bytes) {
  std::fflush(nullptr);  // What was printed before stands before.
  Descriptor descriptor{open_direct(target)};
  if (descriptor.value() < 0) return not_writable(path, errno);
  int error = write_all(descriptor, bytes);
  const int closed = descriptor.close();
  if (error == 0) error = closed;
  if (error != 0) return write_failed(path, error);
  return {};
}

Result<void> write_and_replace(const fs::path& path, const Target& target, std::string_view bytes) {
  auto opened = open_beside(target);
  if (!opened) return not_writable(path, opened.error());
  const fs::path& partial = opened->first;
  Descriptor descriptor{opened->second};
  int error = write_all(descriptor, bytes);
  if (error == 0 && target.exists && ::fchmod(descriptor.value(), target.mode) != 0) error = errno;
  // Before the old file is gone the new one is on the disk.
  if (error == 0 && ::fsync(descriptor.value()) != 0) error = errno;
  const int closed = descriptor.close();
  if (error == 0) error = closed;
  if (error == 0 && ::rename(partial.c_str(), target.path.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(partial.c_str());
  return write_failed(path, error);
}

}  // namespace

Result<void> check_writable(const fs::path& path) {
  const auto target = look_at(path);
  if (!target) return not_writable(path, target.error());
  if (target->exists) {
    if (::access(target->path.c_str(), W_OK) != 0) return not_writable(path, errno);
    return {};
  }
  const fs::path folder = folder_of(path);
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0) return not_writable(path, errno);
  if (!S_ISDIR(status.st_mode)) return not_writable(path, ENOTDIR);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return not_writable(path, errno);
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view bytes) {
  const auto target = look_at(path);
  if (!target) return not_writable(path, target.error());
  if (target->direct) return write_direct(path, *target, bytes);
  // A file that may not be written is not replaced either.
  if (target->exists && ::access(target->path.c_str(), W_OK) != 0) return not_writable(path, errno);
  return write_and_replace(path, *target, bytes);
}

}  // namespace arbitrage
