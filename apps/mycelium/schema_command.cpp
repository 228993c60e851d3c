#include "schema_command.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

#include "mycelium/protocol/compatibility.hpp"

namespace mycelium::command {
namespace {

constexpr int kNotCompatible = 1;
constexpr int kBadInput = 2;

int refuse(const Error& error) {
  fmt::print(stderr, "mycelium schema: {}\n", error.message);
  return kBadInput;
}

Result<Schema> read_schema(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text;
  constexpr std::size_t kBlockBytes = 1 << 16;
  std::string block(kBlockBytes, '\0');
  while (file && text.size() <= Schema::kDocumentBytesMax) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad())
    return fail("file_not_found", fmt::format("cannot read {}", path));
  Result<Schema> schema = parse_schema(text);
  if (!schema)
    return fail(schema.error().code, fmt::format("{}: {}", path, schema.error().message));
  return schema;
}

// Whether a schema that is `found` does for someone who needs `allowed`.
bool is_enough(Compatibility found, std::string_view allowed) {
  return found == Compatibility::full || text_of(found) == allowed || allowed == "breaking";
}

}  // namespace

SchemaCommand::SchemaCommand(CLI::App& line)
    : schema_{line.add_subcommand("schema", "Messages of programs, as documents")},
      check_{schema_->add_subcommand("check", "Whether two versions understand each other")},
      show_{schema_->add_subcommand("show", "A schema document for people")},
      export_{schema_->add_subcommand("export", "The messages of a shared library, as JSON")} {
  schema_->require_subcommand(1);
  check_->add_option("before", before_, "Schema document of the programs that run")->required();
  check_->add_option("after", after_, "Schema document of the programs to come")->required();
  check_
      ->add_option(
          "--allow", allowed_,
          "What is enough: full, backward (new read old), forward (old read new), breaking")
      ->check(CLI::IsMember({"full", "backward", "forward", "breaking"}));
  show_->add_option("document", shown_, "Schema document")->required();
  export_->add_option("library", library_, "Library that says MYCELIUM_EXPORT_SCHEMA")->required();
}

int SchemaCommand::run() const {
  if (check_->parsed()) return check();
  return show_->parsed() ? show() : export_library();
}

int SchemaCommand::check() const {
  const Result<Schema> before = read_schema(before_);
  if (!before) return refuse(before.error());
  const Result<Schema> after = read_schema(after_);
  if (!after) return refuse(after.error());
  const CompatibilityReport report = compare_schemas(*before, *after);
  for (const SchemaFinding& finding : report.findings) fmt::print("{}\n", finding.sentence);
  const Compatibility found = report.compatibility();
  fmt::print("compatibility: {}\n", text_of(found));
  return is_enough(found, allowed_) ? 0 : kNotCompatible;
}

int SchemaCommand::show() const {
  const Result<Schema> schema = read_schema(shown_);
  if (!schema) return refuse(schema.error());
  fmt::print("{}schema digest {:016x}\n", text_of(*schema), digest_of(*schema));
  return 0;
}

int SchemaCommand::export_library() const {
  // A name without a slash would be looked for in the system's folders.
  const std::string path = library_.find('/') == std::string::npos ? "./" + library_ : library_;
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return refuse({"bad_library", fmt::format("cannot load {}: {}", library_, dlerror())});
  using SchemaJson = const char* (*)();
  const auto json = reinterpret_cast<SchemaJson>(dlsym(library, "mycelium_schema_json"));
  if (json == nullptr)
    return refuse({"no_schema", fmt::format("{} exports no schema; write "
                                            "MYCELIUM_EXPORT_SCHEMA(Messages...) in one of its "
                                            "sources",
                                            library_)});
  fmt::print("{}", json());
  return 0;
}

}  // namespace mycelium::command
