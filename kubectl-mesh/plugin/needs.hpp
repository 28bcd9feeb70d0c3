#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

namespace mesh {

// A plugin gets what its manifest names and nothing else, ours as any other.

/// A program of the needs, written "vault" or "vault>=1.15".
struct NeededProgram {
  std::string name;
  std::string oldest{};  ///< version that serves; empty: any
};
NeededProgram needed_program(const std::string& need);

/// Of all extensions of a plugin.
Needs needs_of(const Manifest& manifest);
void add(Needs& to, const Needs& more);

/// Whether a list of kinds, or of programs by their file names, has this one. "*" has all but
/// Secrets: those must be named.
bool names(const std::vector<std::string>& list, std::string_view what);
bool names_program(const Needs& needs, const std::string& program);
/// Whether an extension, "ca/1:corp-ca", may be asked: by its point or by its whole address.
bool names_extension(const Needs& needs, std::string_view address);

/// A right that needs do not name.
struct Lack {
  std::string deed;          ///< "apply v1/Secret"
  std::string field;         ///< of the manifest's needs: "writes"
  std::string entry{};       ///< of that list; empty: the field is true or false
  std::string line() const;  ///< of the manifest: "needs": {"writes": ["v1/Secret"]}
};
/// The first thing that an action of a plan does beyond `granted`.
std::optional<Lack> lack_of(const Json& action, const Needs& granted);

/// Throws Failure("plugin-fault") that names the first action of a Plan document which goes beyond
/// `granted`. `plugin` is whose answer it is.
void require_within(const Json& plan, const Needs& granted, const std::string& plugin);

}  // namespace mesh
