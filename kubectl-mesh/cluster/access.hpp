#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.hpp"
#include "cluster/kubeconfig.hpp"

namespace mesh {

/// kubectl's flags that override what a context says. Empty: not given.
struct AccessOverrides {
  std::string cluster, user, server, tls_server_name, certificate_authority;
  std::string client_certificate, client_key, token, name_space;
  std::optional<bool> insecure_skip_tls_verify;
  std::optional<bool> disable_compression;
  bool allow_insecure_tls = false;  ///< not kubectl's: see Endpoint::gets_secrets
  std::string as, as_uid;
  std::vector<std::string> as_groups;
  std::vector<std::string> as_user_extra;  ///< key=value
};

/// How to reach the API server of one context, files read and checked. Holds secrets: never
/// printed.
struct Endpoint {
  std::string context;
  std::string server;  ///< "https://host:port[/prefix]"
  std::string name_space;
  std::string user;         ///< name of the user entry
  std::string auth;         ///< "client certificate", "token", "exec gke-gcloud-auth-plugin", ...
  std::string ca_pem;       ///< empty: the system's roots
  std::string verify_name;  ///< name or IP that the certificate must carry
  bool insecure = false;
  /// False: whoever is at the other end is not verified, and the operator did not allow for this
  /// run that keys and tokens are sent there.
  bool gets_secrets = true;
  std::string proxy;  ///< "http://host:port", NO_PROXY already applied; empty: direct
  bool compress = true;
  std::vector<std::pair<std::string, std::string>> headers;  ///< impersonation
};

/// What identifies us at the moment.
struct Credential {
  std::string client_certificate_pem, client_key_pem;
  std::string authorization;  ///< whole value of the header; empty: none
  bool operator==(const Credential&) const = default;
};

/// The credential of one endpoint. Thread-safe: concurrent callers share one login.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  /// Reads the token file again, runs the exec plugin on first use or after expiry. Throws
  /// Failure("credential") with the install hint.
  virtual Credential current(Deadline deadline = Deadline::never()) = 0;
  /// After a 401 that `used` got: true if another credential may help; at most one login per run
  /// and 401.
  virtual bool renew(const Credential& used, Deadline deadline = Deadline::never()) = 0;
};

struct Access {
  Endpoint endpoint;
  std::shared_ptr<CredentialSource> credentials;
};

/// Throws Failure("invalid-kubeconfig"/"unknown-context"). Starts nothing, contacts nobody.
Access resolve_access(const Kubeconfig& config, const std::string& context,
                      const AccessOverrides& overrides);

/// Where Kubernetes puts a pod's service account.
inline constexpr const char* k_service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Inside a pod without kubeconfig: the service account. nullopt elsewhere.
std::optional<Access> in_cluster_access(const AccessOverrides& overrides,
                                        const std::filesystem::path& folder = k_service_account);

}  // namespace mesh
