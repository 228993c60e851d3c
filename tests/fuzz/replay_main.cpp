// Feeds a fuzz target every file of its corpus, and copies of them cut short, without libFuzzer.
//
// Usage: NAME_replay FOLDER. A crash leaves the last printed name as the input that did it; an
// empty or missing corpus is a failure, so that this test cannot pass without testing.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Enough to cut a typical frame at every byte, and few enough that a large input stays quick.
constexpr std::size_t kTornCopiesMax = 512;

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void feed(const std::vector<std::uint8_t>& input) {
  // An exact copy on the heap, so that AddressSanitizer sees a read one byte too far.
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void feed_whole_and_torn(const std::vector<std::uint8_t>& input) {
  feed(input);
  const std::size_t stride = input.size() / kTornCopiesMax + 1;
  for (std::size_t size = 0; size < input.size(); size += stride) {
    feed({input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
    return 2;
  }
  const auto files = files_in(arguments[1]);
  for (const auto& file : files) {
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    std::ifstream stream{file, std::ios::binary};
    feed_whole_and_torn({std::istreambuf_iterator<char>{stream}, {}});
  }
  std::printf("%zu inputs of %s\n", files.size(), arguments[1]);
  return files.empty() ? 1 : 0;
}
