#pragma once

#include <string>

#include "folder_support.hpp"

#include "cluster/access.hpp"
#include "cluster/kubeconfig.hpp"

namespace mesh::test {

/// A kubeconfig of one context "a" with the given fields of its cluster and its user, in flow form.
inline std::string one_context(const std::string& cluster, const std::string& user) {
  return "current-context: a\n"
         "clusters: [{name: c, cluster: {" +
         cluster +
         "}}]\n"
         "users: [{name: u, user: {" +
         user +
         "}}]\n"
         "contexts: [{name: a, context: {cluster: c, user: u}}]\n";
}

inline constexpr const char* k_server = "server: \"https://a.example:6443\"";

/// What the environment says about clusters, taken away: each test says its own.
class NoEnvironment {
  Environment m_kubeconfig{"KUBECONFIG", nullptr};
  Environment m_https{"HTTPS_PROXY", nullptr};
  Environment m_https_lower{"https_proxy", nullptr};
  Environment m_no{"NO_PROXY", nullptr};
  Environment m_no_lower{"no_proxy", nullptr};
  Environment m_host{"KUBERNETES_SERVICE_HOST", nullptr};
  Environment m_port{"KUBERNETES_SERVICE_PORT", nullptr};
  Environment m_namespace{"POD_NAMESPACE", nullptr};
};

/// A folder with one kubeconfig, loaded.
struct OneFile {
  TemporaryFolder folder;
  NoEnvironment none;
  fs::path path;
  explicit OneFile(const std::string& text) : path(folder.write("config", text)) {}
  Kubeconfig load() const { return load_kubeconfig(path); }
  Access access(const AccessOverrides& overrides = {}) const {
    return resolve_access(load(), "a", overrides);
  }
};

}  // namespace mesh::test
