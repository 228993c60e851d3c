#include "mycelium/config/toml_loader.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <ios>
#include <string>
#include <system_error>
#include <utility>

#include "mycelium/config/detail/document.hpp"
#include "mycelium/config/detail/placement.hpp"
#include "mycelium/config/detail/supervision_links.hpp"
#include "mycelium/config/detail/topology_reader.hpp"
#include "mycelium/config/detail/wait_routes.hpp"

namespace mycelium {
namespace {

std::unexpected<std::vector<Diagnostic>> refuse(std::string message) {
  return std::unexpected{std::vector<Diagnostic>{{{}, "", std::move(message)}}};
}

/// Why `path` cannot be a topology file, before it is opened; nothing when it may be one.
std::optional<std::string> unfit(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return "there is no such file; give the path of a topology file";
  }
  if (error) return fmt::format("cannot be read: {}", error.message());
  if (is_directory(status)) return "is a directory; give the path of a topology file";
  if (!is_regular_file(status)) return "is not a regular file; give the path of a topology file";
  return std::nullopt;
}

}  // namespace

std::expected<Topology, std::vector<Diagnostic>> load_topology(const std::filesystem::path& path) {
  if (auto why = unfit(path)) return refuse(*std::move(why));
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    return refuse(fmt::format("cannot be opened: {}", std::generic_category().message(errno)));
  }
  std::string text(kTopologyBytesMax + 1, '\0');  // One more byte shows that there is too much.
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return refuse(fmt::format("cannot be read: {}", std::generic_category().message(errno)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kTopologyBytesMax) {
    return refuse(fmt::format("expected a file of at most {} bytes", kTopologyBytesMax));
  }
  return parse_topology(text, path.string());
}

std::expected<Topology, std::vector<Diagnostic>> parse_topology(std::string_view text,
                                                                std::string source_name) {
  const auto document = detail::parse_document(text);
  if (!document) return std::unexpected{std::vector<Diagnostic>{document.error()}};
  detail::Diagnostics diagnostics;
  detail::TopologyDraft draft =
      detail::read_topology(*document, std::move(source_name), diagnostics);
  detail::place_actors(draft, diagnostics);
  detail::link_supervisors(draft, diagnostics);
  detail::connect_waits(draft, diagnostics);
  if (!diagnostics.empty()) return std::unexpected{diagnostics.take()};
  return std::move(draft.topology);
}

}  // namespace mycelium
