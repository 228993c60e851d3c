#include "arbitrage/signals/csv_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "mycelium/base/assert.hpp"

namespace arbitrage {
namespace {

std::string reason_of(int system_error) { return std::generic_category().message(system_error); }

}  // namespace

/// SHA-256 of a stream of bytes.
class CsvFile::Digest {
 public:
  /// Null where the crypto library refuses.
  static std::unique_ptr<Digest> make() {
    auto digest = std::make_unique<Digest>();
    if (digest->state_ == nullptr ||
        EVP_DigestInit_ex(digest->state_.get(), EVP_sha256(), nullptr) != 1) {
      return nullptr;
    }
    return digest;
  }

  void add(std::string_view bytes) {
    // Cannot fail once the digest has been initialised.
    EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size());
  }

  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(state_.get(), sum.data(), &size);
    std::string text;
    for (unsigned int index = 0; index < size; ++index) text += fmt::format("{:02x}", sum[index]);
    return text;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* state) const { EVP_MD_CTX_free(state); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> state_{EVP_MD_CTX_new()};
};

mycelium::Result<CsvFile> CsvFile::open(const std::filesystem::path& path) {
  auto digest = Digest::make();
  if (digest == nullptr) {
    return mycelium::fail(
        "no_sha256", "the OpenSSL library of this machine computes no SHA-256; install libssl3");
  }
  constexpr int kMode = 0644;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  if (descriptor < 0) {
    return mycelium::fail(
        "not_writable",
        fmt::format("cannot write to \"{}\": {}; name a file in a folder that exists and that "
                    "you may write to",
                    path.string(), reason_of(errno)));
  }
  return CsvFile{path, descriptor, std::move(digest)};
}

CsvFile::CsvFile(std::filesystem::path path, int descriptor, std::unique_ptr<Digest> digest)
    : path_{std::move(path)}, descriptor_{descriptor}, digest_{std::move(digest)} {
  block_.reserve(kBlockBytes);
}

CsvFile::CsvFile(CsvFile&& other) noexcept
    : path_{std::move(other.path_)},
      descriptor_{std::exchange(other.descriptor_, -1)},
      digest_{std::move(other.digest_)},
      block_{std::move(other.block_)},
      bytes_{other.bytes_},
      lines_lost_{other.lines_lost_},
      error_{std::move(other.error_)},
      sha256_{std::move(other.sha256_)} {}

CsvFile& CsvFile::operator=(CsvFile&& other) noexcept {
  CsvFile taken{std::move(other)};
  std::swap(path_, taken.path_);
  std::swap(descriptor_, taken.descriptor_);
  std::swap(digest_, taken.digest_);
  std::swap(block_, taken.block_);
  std::swap(bytes_, taken.bytes_);
  std::swap(lines_lost_, taken.lines_lost_);
  std::swap(error_, taken.error_);
  std::swap(sha256_, taken.sha256_);
  return *this;
}

CsvFile::~CsvFile() {
  if (descriptor_ >= 0) static_cast<void>(close());
}

void CsvFile::append(std::string_view lines) {
  MYCELIUM_ASSERT(descriptor_ >= 0, "a closed file takes no more lines");
  MYCELIUM_ASSERT(lines.ends_with('\n'), "lines are appended whole");
  if (!block_.empty() && block_.size() + lines.size() > kBlockBytes) flush();
  block_ += lines;
}

void CsvFile::flush() {
  std::string_view rest = block_;
  while (!rest.empty() && !error_) {
    const ::ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0) {
      if (errno != EINTR) fail(errno);
      continue;
    }
    const std::string_view done = rest.substr(0, static_cast<std::size_t>(written));
    digest_->add(done);
    bytes_ += done.size();
    rest.remove_prefix(done.size());
  }
  // A line of which only a part was written is lost too.
  lines_lost_ += static_cast<std::uint64_t>(std::ranges::count(rest, '\n'));
  block_.clear();
}

void CsvFile::fail(int system_error) {
  error_ = mycelium::Error{
      "write_failed",
      fmt::format("writing to \"{}\" failed after {} bytes: {}; the file ends there",
                  path_.string(), bytes_, reason_of(system_error))};
}

mycelium::Result<void> CsvFile::close() {
  if (descriptor_ >= 0) {
    flush();
    // Some file systems say only now that the disk is full. The descriptor is gone in any case, so
    // no second try.
    if (::close(std::exchange(descriptor_, -1)) != 0 && !error_) fail(errno);
    sha256_ = digest_->finish();
  }
  if (!error_) return {};
  return mycelium::fail(error_->code,
                        fmt::format("{}, {} lines are missing", error_->message, lines_lost_));
}

}  // namespace arbitrage
