#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "mesh/json.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/sealed_library.hpp"

namespace mesh {

/// Answers a plugin's call: service or extension address, verb, request document -> reply document.
/// Throws Failure; code "unsupported" if there is no such service. A plugin may call from several
/// threads at once.
using ServiceCall =
    std::function<Json(std::string_view service, std::string_view verb, const Json& request)>;

/// A plugin that runs: in this process or in a helper, the same documents either way.
class PluginInstance {
 public:
  virtual ~PluginInstance() = default;
  /// Throws the Failure that the plugin answered with, or "plugin-fault" naming what it did:
  /// crashed, hung past the deadline, answered garbage. The instance can be asked again after that.
  virtual Json invoke(std::string_view address, std::string_view verb, const Json& request,
                      const ServiceCall& services, Deadline deadline) = 0;
};

enum class Isolation { in_process, helper };

struct PluginStart {
  Isolation isolation = Isolation::helper;
  ServiceCall services;  ///< log/1 out of them is all that a plugin may call while it starts
  Deadline deadline = Deadline::in(std::chrono::seconds(10));
  /// What a helper may do; absent: all that the manifest names.
  std::optional<Needs> needs{};
  /// What is loaded; null: the entry's file itself.
  std::shared_ptr<const SealedLibrary> sealed{};
  /// That a helper may read beside what the manifest names: the operator's own words.
  std::vector<std::string> files{};
  /// The program that a helper runs, as `PROGRAM __plugin LIBRARY NEEDS ...`: by default this very
  /// one.
  std::filesystem::path program = "/proc/self/exe";
  /// It runs even where the kernel cannot confine it: a bundled plugin, or the operator said so.
  bool unsandboxed = false;
  /// How long a helper may work without asking or saying anything.
  std::chrono::milliseconds silence = std::chrono::seconds(60);
};

/// Loads and starts. Checks ownership, magic, ABI, and that the library's manifest equals the one
/// beside it. Throws Failure("plugin-refused") with what was found, what is supported and what to
/// do.
std::unique_ptr<PluginInstance> start_plugin(const PluginEntry& entry, const PluginStart& start);

/// The manifest inside a library, checked, for generating the file beside it. Runs the library's
/// code in this process.
std::string manifest_of_library(const std::filesystem::path& library);
/// The same of a library that nobody trusts yet: in a helper that may do nothing.
std::string manifest_of_stranger(const std::filesystem::path& library,
                                 std::shared_ptr<const SealedLibrary> sealed, bool unsandboxed);

/// main() of the helper process: `kubectl-mesh __plugin LIBRARY NEEDS [unsandboxed]`. Its socket is
/// descriptor 3; descriptor 4, if it is open, is the library's sealed copy. NEEDS is what the
/// manifest says. Where the kernel lacks a layer of the sandbox, the library is loaded only with
/// the third word.
int run_plugin_helper(const std::vector<std::string>& words);

}  // namespace mesh
