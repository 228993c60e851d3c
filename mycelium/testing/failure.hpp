#pragma once

#include <stdexcept>

namespace mycelium::testing {

/// What the test kit throws when a test has failed: one sentence for people. It knows no test
/// framework; all of them show what an exception says.
class TestFailure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mycelium::testing
