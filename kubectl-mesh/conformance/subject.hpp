#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plugin/sealed_library.hpp"

namespace mesh::conformance {

/// The plugin that is judged, as far as it can be known without running it here. Its code runs only
/// in processes that may do what its manifest names.
struct Subject {
  std::filesystem::path library;
  std::string bytes;
  std::shared_ptr<const SealedLibrary> sealed;  ///< what is loaded: the bytes
  std::string manifest_text;                    ///< what the library says it is; empty: nothing
  std::string no_manifest;                      ///< why it says nothing that can be read
  std::optional<Manifest> manifest;
  std::optional<std::string> beside;  ///< the file beside the library, if there is one
  Json settings = Json::object();     ///< from --set, for every extension that knows them
  std::vector<Json> objects;          ///< from --objects: what it finds in every cluster, too
};

/// Throws Failure("invalid-input") for what is no shared library for this machine, and
/// ("plugin-refused") where the kernel cannot confine it, unless it may run `unsandboxed`.
Subject read_subject(const std::filesystem::path& library, Json settings, std::vector<Json> objects,
                     bool unsandboxed);

/// "certs 0.1.0"; the file's name while nothing better is known.
std::string name_of(const Subject& subject);

/// An extension's settings out of those that the operator gave: the ones that its schema has.
Json settings_for(const Subject& subject, const Extension& extension);
/// Why an extension cannot be asked with these settings; empty: it can.
std::string unfit_settings(const Subject& subject, const Extension& extension);

/// The settings that an extension requires and the operator did not give. A schema that cannot be
/// read requires none; a rule says what is wrong with it.
std::vector<std::string> missing_settings(const Subject& subject, const Extension& extension);

}  // namespace mesh::conformance
