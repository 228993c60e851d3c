#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

#include "mycelium/config/toml_loader.hpp"

namespace mycelium {

/// A wrong text, and the exact lines that its author gets to read.
struct Broken {
  std::string_view claim;
  std::string text;
  std::string_view lines;
};

/// What GoogleTest prints instead of the bytes.
inline void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.claim; }

/// A topology of two actors; `bundle` and `actor` are lines added to its first tables.
inline std::string with(std::string_view bundle, std::string_view actor) {
  return "[[bundles]]\nname = \"trading\"\nactors = [\"feed.spot\", \"book.*\"]\n" +
         std::string{bundle} + "\n[[actors]]\nname = \"feed.spot\"\ntype = \"feed\"\n" +
         std::string{actor} + "\n[[actors]]\nname = \"book.spot\"\ntype = \"book\"\n";
}

/// The two actors of `with`, without a bundle; two lines each after the first.
inline const std::string kActors =
    "[[actors]]\nname = \"feed.spot\"\ntype = \"feed\"\n"
    "[[actors]]\nname = \"book.spot\"\ntype = \"book\"\n";

inline std::string claim_of(const testing::TestParamInfo<Broken>& broken) {
  return std::string{broken.param.claim};
}

}  // namespace mycelium
