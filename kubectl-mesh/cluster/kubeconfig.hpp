#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mesh {

// What `kubectl config` would see: client-go's tools/clientcmd/api/v1 types, merged by its rules
// (tools/clientcmd/loader.go): the first file that defines a name wins it whole, the first that
// sets a scalar wins it, relative paths belong to the file that holds them, missing files are
// skipped, unreadable ones are errors. Beyond client-go, what it would silently ignore is said:
// fields that nobody knows are warnings, an impersonation that is empty is an error.

struct ExecConfig {
  std::string api_version;  ///< client.authentication.k8s.io/v1 or v1beta1
  std::string command;      ///< resolved against the kubeconfig's folder if it has a slash
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string install_hint;
  bool provide_cluster_info = false;
  std::string interactive_mode;  ///< Never, IfAvailable, Always; v1 demands it
};

struct ClusterEntry {
  std::string server;
  std::string tls_server_name;
  std::string certificate_authority;       ///< path
  std::string certificate_authority_data;  ///< base64
  std::string proxy_url;
  bool insecure_skip_tls_verify = false;
  bool disable_compression = false;
  std::string exec_extension;  ///< extensions["client.authentication.k8s.io/exec"] as JSON, for
                               ///< exec plugins
};

struct UserEntry {
  std::string client_certificate, client_certificate_data;
  std::string client_key, client_key_data;
  std::string token, token_file;
  std::string username, password;
  std::string impersonate, impersonate_uid;
  std::vector<std::string> impersonate_groups;
  std::map<std::string, std::vector<std::string>> impersonate_extra;
  std::optional<ExecConfig> exec;
  std::string auth_provider;  ///< name of a legacy provider: an error when it is used
};

struct ContextEntry {
  std::string cluster, user, name_space;
};

struct Kubeconfig {
  std::map<std::string, ClusterEntry> clusters;
  std::map<std::string, UserEntry> users;
  std::map<std::string, ContextEntry> contexts;
  std::vector<std::string> context_order;  ///< as they stand in the files
  std::string current_context;
  std::vector<std::filesystem::path> files;  ///< that were read
  std::vector<std::string> warnings;         ///< for the operator: unknown fields, modes of files
};

/// `explicit_path` is --kubeconfig (must exist); else KUBECONFIG; else ~/.kube/config.
/// Throws Failure("invalid-kubeconfig") naming file, line and remedy.
Kubeconfig load_kubeconfig(const std::optional<std::filesystem::path>& explicit_path);

/// Names of all contexts, fast and forgiving: for completion. Never throws.
std::vector<std::string> context_names(const std::optional<std::filesystem::path>& explicit_path);

}  // namespace mesh
