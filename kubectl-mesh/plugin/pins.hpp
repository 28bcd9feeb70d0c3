#pragma once

#include <optional>
#include <string>

#include "plugin/catalogue.hpp"

namespace mesh {

// trusted-plugins.json under XDG_DATA_HOME: which libraries the operator trusts, byte for byte. To
// read it takes no library; what it means for code that is to run: plugin/trust.

enum class Trust { bundled, trusted, unknown, changed };
std::string_view to_string(Trust trust);

struct Judged {
  Trust trust = Trust::unknown;
  std::string sha256;  ///< of the library as it is now; hex, empty if bundled
  std::string pinned;  ///< what the operator trusted; empty: nothing
};

/// By plugin: {"sha256", "version", "size", "modified"} and what was granted: plugin/granted.
Json read_pins();
void write_pins(const Json& plugins);

/// What tells an untouched file without reading it: "size" and "modified".
Json stamp_of(const std::filesystem::path& library);
/// nullopt: the library's stamp is not the one of the pin, so that its bytes have to be looked at.
std::optional<Trust> stamped_trust(const PluginEntry& entry, const Json& pins);

}  // namespace mesh
