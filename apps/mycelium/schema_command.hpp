#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace mycelium::command {

/// `mycelium schema check | show | export`. Thread-safety: the main thread.
class SchemaCommand {
 public:
  explicit SchemaCommand(CLI::App& line);

  [[nodiscard]] bool is_meant() const { return schema_->parsed(); }
  /// Exit code: 0; 1: what `check` was asked for does not hold; 2: a file or library is no good.
  [[nodiscard]] int run() const;

 private:
  [[nodiscard]] int check() const;
  [[nodiscard]] int show() const;
  [[nodiscard]] int export_library() const;

  CLI::App* schema_;
  CLI::App* check_;
  CLI::App* show_;
  CLI::App* export_;
  std::string before_;
  std::string after_;
  std::string allowed_ = "full";
  std::string shown_;
  std::string library_;
};

}  // namespace mycelium::command
