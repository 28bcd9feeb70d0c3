#include "plugin/trust.hpp"

#include <array>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/documents.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/ownership.hpp"

namespace mesh {

namespace {

constexpr const char* k_kind = "TrustedPlugins";

std::filesystem::path pins_file() {
  return data_home() / "trusted-plugins.json";
}

void write_pins(const Json& plugins) {
  const Json document{{"apiVersion", k_document_version}, {"kind", k_kind}, {"plugins", plugins}};
  write_private_file(pins_file(), document.dump(2) + "\n", Replace::yes);
}

/// What tells an untouched file without reading it.
Json stamp_of(const std::filesystem::path& library) {
  std::error_code none;
  const auto modified = std::filesystem::last_write_time(library, none).time_since_epoch();
  return {{"size", std::filesystem::file_size(library, none)}, {"modified", modified.count()}};
}

std::string bytes_of(const PluginEntry& entry) try {
  return read_file(entry.library, k_library_max);
} catch (const Failure& failure) {
  throw Failure("plugin-refused", failure.problem().message, "install the plugin again");
}

}  // namespace

/// By plugin: {"sha256", "version", "size", "modified"}.
Json read_pins() {
  const std::optional<std::string> text = read_private_file(pins_file());
  if (!text) return Json::object();
  const Json document = parse_json(*text, shown(pins_file()));
  const Json& plugins = lookup::value(document, "/plugins");
  if (lookup::text(document, "/kind") == k_kind && plugins.is_object()) return plugins;
  throw Failure("invalid-input", shown(pins_file()) + " is no list of trusted plugins",
                "remove it and trust your plugins again");
}

std::string_view to_string(Trust trust) {
  constexpr std::array<std::string_view, 4> k_words{"bundled", "trusted", "not trusted", "changed"};
  return k_words.at(static_cast<std::size_t>(trust));
}

Judged judge(const PluginEntry& entry) {
  if (entry.origin == Origin::bundled) return {.trust = Trust::bundled, .sha256 = {}, .pinned = {}};
  return judge_bytes(entry.manifest.name, bytes_of(entry));
}

Judged judge_bytes(const std::string& name, const std::string& bytes) {
  Judged judged{.trust = Trust::unknown,
                .sha256 = sha256_hex(bytes),
                .pinned = lookup::text(read_pins(), "/" + name + "/sha256")};
  if (judged.pinned.empty()) return judged;
  judged.trust = judged.pinned == judged.sha256 ? Trust::trusted : Trust::changed;
  return judged;
}

Trust glance(const PluginEntry& entry, const Json& pins) {
  if (entry.origin == Origin::bundled) return Trust::bundled;
  const Json& pin = lookup::value(pins, "/" + entry.manifest.name);
  if (!pin.is_object()) return Trust::unknown;
  const Json stamp = stamp_of(entry.library);
  const bool same = lookup::value(pin, "/size") == stamp["size"] &&
                    lookup::value(pin, "/modified") == stamp["modified"];
  if (same) return Trust::trusted;
  try {
    return judge(entry).trust;
  } catch (const Failure&) {
    return Trust::changed;  // it cannot even be read
  }
}

std::shared_ptr<const SealedLibrary> admit(const PluginEntry& entry) {
  if (entry.origin == Origin::bundled) return nullptr;
  check_ownership(entry);
  const std::string& name = entry.manifest.name;
  const std::string bytes = bytes_of(entry);
  const Judged result = judge_bytes(name, bytes);
  if (result.trust == Trust::unknown) {
    throw Failure("refused", "plugin " + name + " is not trusted, so its code is not run",
                  "look at it with `kubectl mesh plugin info " + name +
                      "`, then allow it with `kubectl mesh plugin trust " + name + "`");
  }
  if (result.trust == Trust::changed) {
    throw Failure("refused",
                  "plugin " + name + " is not the one that was trusted: its SHA-256 is " +
                      result.sha256 + ", trusted was " + result.pinned,
                  "if you changed it, look at it with `kubectl mesh plugin info " + name +
                      "`, then `kubectl mesh plugin trust " + name + "`");
  }
  return std::make_shared<const SealedLibrary>(bytes);
}

void trust(const PluginEntry& entry, const std::string& sha256) {
  Json pins = read_pins();
  Json& pin = pins[entry.manifest.name] = stamp_of(entry.library);
  pin["sha256"] = sha256;
  pin["version"] = entry.manifest.version;
  write_pins(pins);
}

bool untrust(const std::string& name) {
  Json pins = read_pins();
  if (pins.erase(name) == 0) return false;
  write_pins(pins);
  return true;
}

}  // namespace mesh
