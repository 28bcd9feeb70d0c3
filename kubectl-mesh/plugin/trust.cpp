#include "plugin/trust.hpp"

#include "base/digest.hpp"
#include "base/files.hpp"
#include "mesh/documents.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/granted.hpp"
#include "plugin/ownership.hpp"

namespace mesh {

namespace {

std::string bytes_of(const PluginEntry& entry) try {
  return read_file(entry.library, k_library_max);
} catch (const Failure& failure) {
  throw Failure("plugin-refused", failure.problem().message, "install the plugin again");
}

}  // namespace

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
  if (const std::optional<Trust> stamped = stamped_trust(entry, pins)) return *stamped;
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
  pin.update(granted_by(entry.manifest));
  write_pins(pins);
}

bool untrust(const std::string& name) {
  Json pins = read_pins();
  if (pins.erase(name) == 0) return false;
  write_pins(pins);
  return true;
}

}  // namespace mesh
