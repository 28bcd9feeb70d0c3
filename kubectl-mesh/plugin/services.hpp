#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "plugin/registry.hpp"

namespace mesh {

/// What the services of a run stand on. `fleet` may be null (no clusters). Documents:
/// sdk/schemas/services.json.
struct ServiceContext {
  Fleet* fleet = nullptr;
  const Catalogue* catalogue = nullptr;  ///< may be null: nothing is installed
  std::string plugin_data;               ///< default folder of store/1, below it one per plugin
  std::function<void(const std::string& level, const std::string& text)> log;
  std::function<void(const std::string& cluster, const std::string& text)> progress;
  std::function<std::string(const SecretQuestion& asked)> ask_secret;
};

/// All services that this host offers, one row each.
ServicesFor make_services(ServiceContext context);

}  // namespace mesh
