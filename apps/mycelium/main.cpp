// The command `mycelium`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "schema_command.hpp"

int main(int argument_count, char** arguments) {
  constexpr int kBadUsage = 2;
  CLI::App line{"For programs built on Mycelium", "mycelium"};
  line.require_subcommand(1);
  const mycelium::command::SchemaCommand schema{line};
  try {
    line.parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    return line.exit(error) == 0 ? 0 : kBadUsage;
  }
  return schema.is_meant() ? schema.run() : kBadUsage;
}
