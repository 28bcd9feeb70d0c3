#include "run/installation.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "mesh/problem.hpp"
#include "plugin/index.hpp"
#include "plugin/ownership.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/trust.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_again = "install kubectl mesh again";

Sight sight_of(const Failure& failure) {
  return {Severity::failure, failure.problem().message, failure.problem().hint};
}

Sight see_trust_of(const PluginEntry& plugin) try {
  const std::string& name = plugin.manifest.name;
  check_ownership(plugin);
  switch (judge(plugin).trust) {
    case Trust::unknown:
      return {Severity::warning, name + " is not trusted, so its code is not run",
              "kubectl mesh plugin info " + name + ", then kubectl mesh plugin trust " + name};
    case Trust::changed:
      return {Severity::failure, name + " is not the one that was trusted",
              "kubectl mesh plugin info " + name + ", then kubectl mesh plugin trust " + name};
    default:
      return {Severity::pass, name + " " + plugin.manifest.version};
  }
} catch (const Failure& failure) {
  return sight_of(failure);
}

}  // namespace

/// The list is written by the build that made them.
Sights see_bundled_plugins(const Catalogue&) try {
  Sights sights;
  std::vector<std::string> names;
  for (const auto& [name, manifest] : read_index()) {
    names.push_back(name);
    for (const char* extension : {".so", ".json"}) {
      const fs::path file = bundled_plugins() / (name + extension);
      if (fs::exists(file)) continue;
      sights.push_back({Severity::failure, shown(file) + " is missing", k_again});
    }
  }
  if (sights.empty()) sights.push_back({Severity::pass, join(names, ", ")});
  return sights;
} catch (const Failure& failure) {
  return {{Severity::failure, failure.problem().message, k_again}};
}

Sights see_unusable_plugins(const Catalogue& catalogue) {
  Sights sights;
  for (const Problem& problem : catalogue.problems) {
    sights.push_back({Severity::failure, problem.message, problem.hint});
  }
  if (sights.empty()) {
    sights.push_back({Severity::pass, std::to_string(catalogue.plugins.size()) + " plugins"});
  }
  return sights;
}

Sights see_trust(const Catalogue& catalogue) {
  Sights sights;
  for (const PluginEntry& plugin : catalogue.plugins) {
    if (plugin.origin != Origin::bundled) sights.push_back(see_trust_of(plugin));
  }
  if (sights.empty()) sights.push_back({Severity::pass, "there are none"});
  return sights;
}

Sights see_sandbox(const Catalogue&) {
  Needs programs;
  programs.programs = {"*"};  // what relies on most
  const std::string lacks = sandbox_lacks(programs);
  if (lacks.empty()) return {{Severity::pass, "files by Landlock, system calls by seccomp"}};
  return {{Severity::warning, "this kernel lacks " + lacks,
           "third-party plugins that rely on it are refused; use a kernel that has it"}};
}

}  // namespace mesh
