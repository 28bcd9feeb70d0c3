#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.hpp"
#include "mesh/json.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// Answers a plugin's call: service or extension address, verb, request document -> reply document.
/// Throws Failure; code "unsupported" if there is no such service.
using ServiceCall =
    std::function<Json(std::string_view service, std::string_view verb, const Json& request)>;

/// A plugin that runs: in this process or in a helper, the same documents either way.
class PluginInstance {
 public:
  virtual ~PluginInstance() = default;
  /// Throws the Failure that the plugin answered with, or "plugin-fault" naming what it did:
  /// crashed, hung past the deadline, answered garbage.
  virtual Json invoke(std::string_view address, std::string_view verb, const Json& request,
                      const ServiceCall& services, Deadline deadline) = 0;
};

enum class Isolation { in_process, helper };

/// Loads and starts. Checks magic, ABI, and that the library's manifest equals the one beside it.
/// Throws Failure("plugin-refused") with what was found, what is supported and what to do.
std::unique_ptr<PluginInstance> start_plugin(const PluginEntry& entry, Isolation isolation,
                                             Deadline deadline);

/// The manifest inside a library, for generating the file beside it.
std::string manifest_of_library(const std::filesystem::path& library);

/// main() of the helper process: `kubectl-mesh __plugin LIBRARY`, its socket is descriptor 3.
int run_plugin_helper(const std::filesystem::path& library);

}  // namespace mesh
