#include "cluster/credential_policy.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 2> k_variables{"SSL_CERT_FILE", "SSL_CERT_DIR"};
std::array<std::optional<std::string>, 2> g_remembered;

std::optional<fs::path> kuberc() {
  const char* named = std::getenv("KUBERC");
  if (named != nullptr && std::string(named) == "off") return std::nullopt;
  if (named != nullptr && *named != '\0') return fs::path(named);
  const char* home = std::getenv("HOME");
  if (home == nullptr) return std::nullopt;
  const fs::path file = fs::path(home) / ".kube" / "kuberc";
  return fs::exists(file) ? std::optional(file) : std::nullopt;
}

bool listed(const Json& allowlist, const std::string& command) {
  return allowlist.is_array() &&
         std::any_of(allowlist.begin(), allowlist.end(), [&](const Json& entry) {
           const std::string name = entry.value("name", entry.value("command", std::string()));
           const bool base_name = name.find('/') == std::string::npos;
           return !name.empty() &&
                  (name == command || (base_name && fs::path(command).filename().string() == name));
         });
}

}  // namespace

void require_allowed(const std::string& command) {
  const std::optional<fs::path> file = kuberc();
  if (!file) return;
  const Json rules = parse_yaml(read_file(*file), shown(*file)).value;
  const std::string policy = rules.value("credentialPluginPolicy", std::string("AllowAll"));
  if (policy.empty() || policy == "AllowAll") return;
  if (policy == "Allowlist" &&
      listed(rules.value("credentialPluginAllowlist", Json::array()), command)) {
    return;
  }
  throw Failure("credential",
                "login command \"" + command + "\" is not allowed: " + shown(*file) +
                    " has credentialPluginPolicy " + policy,
                "add it to credentialPluginAllowlist there, if you trust it");
}

void hide_trust_environment() {
  for (std::size_t index = 0; index < k_variables.size(); ++index) {
    const char* value = std::getenv(k_variables[index]);
    if (value != nullptr) g_remembered[index] = value;
    ::setenv(k_variables[index], "/dev/null", 1);
  }
}

void restore_trust_environment(std::map<std::string, std::string>& environment) {
  for (std::size_t index = 0; index < k_variables.size(); ++index) {
    const auto entry = environment.find(k_variables[index]);
    if (entry == environment.end() || entry->second != "/dev/null") continue;
    if (g_remembered[index]) {
      entry->second = *g_remembered[index];
    } else {
      environment.erase(entry);
    }
  }
}

}  // namespace mesh
