#include "plugin/pins.hpp"

#include <array>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/documents.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr const char* k_kind = "TrustedPlugins";

std::filesystem::path pins_file() {
  return data_home() / "trusted-plugins.json";
}

}  // namespace

std::string_view to_string(Trust trust) {
  constexpr std::array<std::string_view, 4> k_words{"bundled", "trusted", "not trusted", "changed"};
  return k_words.at(static_cast<std::size_t>(trust));
}

Json read_pins() {
  const std::optional<std::string> text = read_private_file(pins_file());
  if (!text) return Json::object();
  const Json document = parse_json(*text, shown(pins_file()));
  const Json& plugins = lookup::value(document, "/plugins");
  if (lookup::text(document, "/kind") == k_kind && plugins.is_object()) return plugins;
  throw Failure("invalid-input", shown(pins_file()) + " is no list of trusted plugins",
                "remove it and trust your plugins again");
}

void write_pins(const Json& plugins) {
  const Json document{{"apiVersion", k_document_version}, {"kind", k_kind}, {"plugins", plugins}};
  write_private_file(pins_file(), document.dump(2) + "\n", Replace::yes);
}

Json stamp_of(const std::filesystem::path& library) {
  std::error_code none;
  const auto modified = std::filesystem::last_write_time(library, none).time_since_epoch();
  return {{"size", std::filesystem::file_size(library, none)}, {"modified", modified.count()}};
}

std::optional<Trust> stamped_trust(const PluginEntry& entry, const Json& pins) {
  if (entry.origin == Origin::bundled) return Trust::bundled;
  const Json& pin = lookup::value(pins, "/" + entry.manifest.name);
  if (!pin.is_object()) return Trust::unknown;
  const Json stamp = stamp_of(entry.library);
  const bool same = lookup::value(pin, "/size") == stamp["size"] &&
                    lookup::value(pin, "/modified") == stamp["modified"];
  return same ? std::optional(Trust::trusted) : std::nullopt;
}

}  // namespace mesh
