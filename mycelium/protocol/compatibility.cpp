#include "mycelium/protocol/compatibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mycelium {
namespace {

constexpr std::string_view kNewName = "give the changed field a new name and keep the old one";

const FieldDescription* find_field(const std::vector<FieldDescription>& fields,
                                   std::string_view name) {
  const auto found = std::ranges::find(fields, name, &FieldDescription::name);
  return found == fields.end() ? nullptr : &*found;
}

/// Compares one message with its next version.
class MessageComparison {
 public:
  MessageComparison(const MessageDescription& before, const MessageDescription& after,
                    std::vector<SchemaFinding>& findings)
      : before_{before}, after_{after}, findings_{findings} {}

  void run() {
    if (before_.fixed != after_.fixed) {
      const auto form = [](bool fixed) { return fixed ? "a fixed layout" : "tagged fields"; };
      add("", false, false, false,
          fmt::format("changed from {} to {}: {}", form(before_.fixed), form(after_.fixed),
                      before_.fixed ? "leave the new fields out, or make a new message; one that "
                                      "will grow says kTagged from its beginning"
                                    : "say `static constexpr bool kTagged = true;` in the type"));
    } else if (before_.fixed) {
      compare_layouts();
    } else {
      compare_fields("", before_.fields, after_.fields);
    }
  }

 private:
  void add(std::string field, bool new_reads_old, bool old_reads_new, bool same_bytes,
           std::string sentence) {
    const std::string whole =
        field.empty() ? fmt::format("message {}: {}", before_.name, sentence)
                      : fmt::format("message {}, field {}: {}", before_.name, field, sentence);
    findings_.push_back(
        {before_.name, std::move(field), new_reads_old, old_reads_new, same_bytes, whole});
  }

  // Fixed layout: the old fields must stand where they stood; new ones come behind them.
  void compare_layouts() {
    const std::size_t common = std::min(before_.fields.size(), after_.fields.size());
    for (std::size_t index = 0; index < common; ++index) {
      const FieldDescription& old_field = before_.fields[index];
      const FieldDescription& new_field = after_.fields[index];
      if (old_field.name != new_field.name) return add_moved(old_field, new_field);
      if (old_field.offset != new_field.offset) {
        add(old_field.name, false, false, false,
            fmt::format("moved from byte {} to byte {}; {}", old_field.offset, new_field.offset,
                        kNewName));
        return;
      }
      compare_types(old_field.name, old_field.type, new_field.type);
    }
    for (std::size_t index = common; index < before_.fields.size(); ++index)
      add_removed(before_.fields[index].name, nullptr);
  }

  void add_moved(const FieldDescription& old_field, const FieldDescription& new_field) {
    if (find_field(after_.fields, old_field.name) == nullptr) {
      add(old_field.name, false, false, false,
          fmt::format("was removed or renamed, and {} stands in its place: put {} back where it "
                      "was, or give the message a new id",
                      new_field.name, old_field.name));
    } else {
      add(new_field.name, false, false, false,
          fmt::format("stands before {} now: fields of a fixed layout keep their order, and new "
                      "ones go to the end",
                      old_field.name));
    }
  }

  void add_removed(std::string field, const FieldDescription* renamed_to) {
    add(std::move(field), true, false, true,
        fmt::format("was removed: old programs would get its default instead of a value; keep it "
                    "until none of them runs{}",
                    renamed_to == nullptr
                        ? std::string{}
                        : fmt::format("; if {} is its new name, give it back the old one",
                                      renamed_to->name)));
  }

  // Tagged fields: by name, in any order.
  void compare_fields(const std::string& path, const std::vector<FieldDescription>& before,
                      const std::vector<FieldDescription>& after) {
    for (const FieldDescription& old_field : before) {
      const FieldDescription* const new_field = find_field(after, old_field.name);
      if (new_field != nullptr) {
        compare_types(path + old_field.name, old_field.type, new_field->type);
      } else if (old_field.type.name != "optional") {
        const auto renamed = std::ranges::find_if(after, [&](const FieldDescription& other) {
          return other.type == old_field.type && find_field(before, other.name) == nullptr;
        });
        add_removed(path + old_field.name, renamed == after.end() ? nullptr : &*renamed);
      }
    }
  }

  void compare_types(const std::string& field, const TypeDescription& before,
                     const TypeDescription& after) {
    const bool was_optional = before.name == "optional";
    const bool is_optional = after.name == "optional";
    if (was_optional != is_optional) {
      const auto& inner = [](const TypeDescription& type) -> const TypeDescription& {
        return type.name == "optional" ? type.parts[0] : type;
      };
      if (was_optional)
        add(field, false, true, true,
            "is not optional any more: new programs would get its default where old ones send "
            "nothing; leave it optional");
      else
        add(field, true, false, true,
            "is optional now: old programs would get its default where new ones send nothing; "
            "always send it until none of them runs");
      return compare_types(field, inner(before), inner(after));
    }
    const TypeDefinition* const old_type = before_.find_type(before.name);
    const TypeDefinition* const new_type = after_.find_type(after.name);
    if (old_type != nullptr && new_type != nullptr && old_type->is_enum() == new_type->is_enum())
      return compare_definitions(field, *old_type, *new_type);
    if (old_type != nullptr || new_type != nullptr || before.name != after.name)
      return compare_unlike(field, before, after, old_type, new_type);
    if (before.name == "choice") return compare_choices(field, before, after);
    compare_counts(field, before, after);
    if (!before.parts.empty()) compare_types(field, before.parts[0], after.parts[0]);
  }

  // Types with different names: an enum and its number understand each other one way.
  void compare_unlike(const std::string& field, const TypeDescription& before,
                      const TypeDescription& after, const TypeDefinition* old_type,
                      const TypeDefinition* new_type) {
    if (old_type != nullptr && old_type->is_enum() && after.name == old_type->number)
      add(field, true, false, true,
          fmt::format("is a number now and no enum {}: old programs refuse values that they have "
                      "no name for; leave it an enum",
                      old_type->name));
    else if (new_type != nullptr && new_type->is_enum() && before.name == new_type->number)
      add(field, false, true, true,
          fmt::format("is an enum {} now: new programs refuse numbers that have no name; leave it "
                      "a number",
                      new_type->name));
    else
      add(field, false, false, false,
          fmt::format("changed its type from {} to {}; {}", mycelium::text_of(before),
                      mycelium::text_of(after), kNewName));
  }

  void compare_counts(const std::string& field, const TypeDescription& before,
                      const TypeDescription& after) {
    if (before.count == after.count) return;
    const std::string change =
        fmt::format("changed from {} to {}", mycelium::text_of(before), mycelium::text_of(after));
    if (before.name == "array" || before.name == "decimal" || before_.fixed) {
      add(field, false, false, false, fmt::format("{}; {}", change, kNewName));
      return;
    }
    const bool longer = after.count == 0 || (before.count != 0 && after.count > before.count);
    add(field, longer, !longer, true,
        fmt::format("{}: {} programs refuse what is longer; send nothing longer until all are new",
                    change, longer ? "old" : "new"));
  }

  void compare_choices(const std::string& field, const TypeDescription& before,
                       const TypeDescription& after) {
    const std::size_t common = std::min(before.parts.size(), after.parts.size());
    for (std::size_t index = 0; index < common; ++index)
      compare_types(fmt::format("{}#{}", field, index), before.parts[index], after.parts[index]);
    if (after.parts.size() > common)
      add(field, true, false, true,
          fmt::format("may also be {} now, which old programs refuse; send it when none of them "
                      "runs",
                      mycelium::text_of(after.parts[common])));
    if (before.parts.size() > common)
      add(field, false, true, true,
          fmt::format("may not be {} any more, which old programs still send; keep the alternative",
                      mycelium::text_of(before.parts[common])));
  }

  void compare_definitions(const std::string& field, const TypeDefinition& before,
                           const TypeDefinition& after) {
    if (!compared_.emplace(&before, &after).second) return;
    if (before.is_enum()) return compare_enums(field, before, after);
    if (!before_.fixed) return compare_fields(field + ".", before.fields, after.fields);
    const bool same =
        std::ranges::equal(before.fields, after.fields,
                           [&](const FieldDescription& left, const FieldDescription& right) {
                             return left.name == right.name && left.offset == right.offset;
                           });
    if (!same) {
      add(field, false, false, false,
          fmt::format("its structure {} changed, and in a fixed layout only the message itself "
                      "grows; put it back, and add fields at the end of the message",
                      before.name));
      return;
    }
    for (std::size_t index = 0; index < before.fields.size(); ++index)
      compare_types(field + "." + before.fields[index].name, before.fields[index].type,
                    after.fields[index].type);
  }

  void compare_enums(const std::string& field, const TypeDefinition& before,
                     const TypeDefinition& after) {
    if (before.number != after.number)
      add(field, false, false, false,
          fmt::format("enum {} changed from {} to {}; {}", before.name, before.number, after.number,
                      kNewName));
    const auto number_of = [](const TypeDefinition& type, const EnumeratorDescription& value) {
      return std::ranges::find(type.values, value.value, &EnumeratorDescription::value);
    };
    // A number may have several names: it means the same as long as one of them stays.
    const auto keeps_a_name = [&](std::int64_t number) {
      return std::ranges::any_of(after.values, [&](const EnumeratorDescription& value) {
        return value.value == number &&
               std::ranges::find(before.values, value) != before.values.end();
      });
    };
    for (const EnumeratorDescription& value : before.values) {
      const auto found = number_of(after, value);
      if (found == after.values.end())
        add(field, false, true, true,
            fmt::format("enum {} has no {} any more, which old programs still send; keep it",
                        before.name, value.name));
      else if (!keeps_a_name(value.value))
        add(field, false, false, false,
            fmt::format("{} of enum {} means {} now; give {} a number of its own", value.value,
                        before.name, found->name, found->name));
    }
    for (const EnumeratorDescription& value : after.values)
      if (number_of(before, value) == before.values.end())
        add(field, true, false, true,
            fmt::format("enum {} has {} now, which old programs refuse; send it when none of them "
                        "runs",
                        after.name, value.name));
  }

  const MessageDescription& before_;
  const MessageDescription& after_;
  std::vector<SchemaFinding>& findings_;
  std::set<std::pair<const TypeDefinition*, const TypeDefinition*>> compared_;
};

void add_missing(const MessageDescription& message, const Schema& after,
                 std::vector<SchemaFinding>& findings) {
  const auto moved = std::ranges::find(after.messages, message.name, &MessageDescription::name);
  const std::string what =
      moved == after.messages.end()
          ? std::string{"was removed, and old programs still send it; keep it until none of them "
                        "runs"}
          : fmt::format("has the id {} now instead of {}; give it back its id", moved->id,
                        message.id);
  findings.push_back({message.name, "", false, moved == after.messages.end(), true,
                      fmt::format("message {}: {}", message.name, what)});
}

}  // namespace

std::string_view text_of(Compatibility compatibility) noexcept {
  switch (compatibility) {
    case Compatibility::full:
      return "full";
    case Compatibility::backward:
      return "backward";
    case Compatibility::forward:
      return "forward";
    case Compatibility::breaking:
      return "breaking";
  }
  return "breaking";
}

Compatibility CompatibilityReport::compatibility() const noexcept {
  const bool new_reads_old = std::ranges::all_of(findings, &SchemaFinding::new_reads_old);
  const bool old_reads_new = std::ranges::all_of(findings, &SchemaFinding::old_reads_new);
  if (new_reads_old) return old_reads_new ? Compatibility::full : Compatibility::backward;
  return old_reads_new ? Compatibility::forward : Compatibility::breaking;
}

CompatibilityReport compare_schemas(const Schema& before, const Schema& after) {
  CompatibilityReport report;
  for (const MessageDescription& message : before.messages) {
    const MessageDescription* const next = after.find(message.id);
    if (next == nullptr)
      add_missing(message, after, report.findings);
    else
      MessageComparison{message, *next, report.findings}.run();
  }
  return report;
}

std::optional<std::string> objection_to_link(const Schema& ours, const Schema& theirs) {
  for (const SchemaFinding& finding : compare_schemas(theirs, ours).findings)
    if (!finding.same_bytes) return finding.sentence;
  return std::nullopt;
}

}  // namespace mycelium
