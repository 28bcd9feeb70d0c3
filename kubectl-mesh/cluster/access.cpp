#include "cluster/access.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "cluster/credentials.hpp"
#include "cluster/proxy.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// scheme://host:port/path, as much of a URL as a server needs.
struct Server {
  std::string host;  ///< without brackets
  std::string port;
  std::string url;  ///< normalised, without a trailing slash
};

Server parse_server(const std::string& context, std::string url) {
  if (url.empty()) {
    throw Failure("invalid-kubeconfig", "context \"" + context + "\": its cluster has no server",
                  "kubectl config set-cluster NAME --server=https://HOST:PORT");
  }
  if (url.find("://") == std::string::npos) url = "https://" + url;
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("https://")) {
    throw Failure("invalid-kubeconfig",
                  "context \"" + context + "\": the server " + url + " is not https://",
                  "credentials are only sent over TLS");
  }
  const std::string rest = url.substr(8);
  const std::string authority = rest.substr(0, rest.find('/'));
  const std::size_t colon = authority.rfind(':');
  const bool bracketed = authority.starts_with('[');
  const bool has_port = colon != std::string::npos && (!bracketed || colon > authority.find(']'));
  Server server{.host = has_port ? authority.substr(0, colon) : authority,
                .port = has_port ? authority.substr(colon + 1) : "443",
                .url = url};
  if (bracketed) server.host = server.host.substr(1, server.host.size() - 2);
  return server;
}

/// `data` (base64) wins over the file, as in client-go.
std::string pem_of(const std::string& context, const char* what, const std::string& data,
                   const std::string& file) {
  try {
    if (!data.empty()) return base64_decode(data);
    return file.empty() ? "" : read_file(file);
  } catch (const Failure& failure) {
    throw Failure("invalid-kubeconfig",
                  "context \"" + context + "\": " + what + ": " + failure.problem().message);
  }
}

std::string percent_encoded_key(const std::string& key) {
  constexpr std::string_view k_plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!#$&'*+^`|";
  constexpr std::string_view k_digits = "0123456789ABCDEF";
  std::string text;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (k_plain.find(c) != std::string_view::npos) {
      text.push_back(c);
    } else {
      text += {'%', k_digits[byte >> 4U], k_digits[byte & 0xfU]};
    }
  }
  return text;
}

void override_user(UserEntry& user, const AccessOverrides& overrides) {
  const auto take = [](std::string& field, const std::string& value) {
    if (!value.empty()) field = value;
  };
  if (!overrides.client_certificate.empty()) user.client_certificate_data.clear();
  if (!overrides.client_key.empty()) user.client_key_data.clear();
  take(user.client_certificate, overrides.client_certificate);
  take(user.client_key, overrides.client_key);
  if (!overrides.token.empty()) {
    user.token = overrides.token;
    user.token_file.clear();
    user.exec.reset();
  }
  take(user.impersonate, overrides.as);
  take(user.impersonate_uid, overrides.as_uid);
  if (!overrides.as_groups.empty()) user.impersonate_groups = overrides.as_groups;
  for (const std::string& extra : overrides.as_user_extra) {
    const std::size_t equals = extra.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Failure("usage", "--as-user-extra " + extra + ": write key=value");
    }
    user.impersonate_extra[extra.substr(0, equals)].push_back(extra.substr(equals + 1));
  }
}

void override_cluster(ClusterEntry& cluster, const AccessOverrides& overrides) {
  if (!overrides.server.empty()) cluster.server = overrides.server;
  if (!overrides.tls_server_name.empty()) cluster.tls_server_name = overrides.tls_server_name;
  if (!overrides.certificate_authority.empty()) {
    cluster.certificate_authority = overrides.certificate_authority;
    cluster.certificate_authority_data.clear();
  }
  if (overrides.insecure_skip_tls_verify) {
    cluster.insecure_skip_tls_verify = *overrides.insecure_skip_tls_verify;
    if (cluster.insecure_skip_tls_verify) {
      cluster.certificate_authority.clear();
      cluster.certificate_authority_data.clear();
    }
  }
  if (overrides.disable_compression) cluster.disable_compression = *overrides.disable_compression;
}

std::vector<std::pair<std::string, std::string>> impersonation(const std::string& context,
                                                               const UserEntry& user) {
  std::vector<std::pair<std::string, std::string>> headers;
  const bool more = !user.impersonate_uid.empty() || !user.impersonate_groups.empty() ||
                    !user.impersonate_extra.empty();
  if (user.impersonate.empty() && more) {
    throw Failure("invalid-kubeconfig",
                  "context \"" + context + "\": groups, uid or extra are impersonated, but no user",
                  "name the user with --as (or `as:` in the kubeconfig)");
  }
  if (user.impersonate.empty()) return headers;
  headers.emplace_back("Impersonate-User", user.impersonate);
  if (!user.impersonate_uid.empty()) {
    headers.emplace_back("Impersonate-Uid", user.impersonate_uid);
  }
  for (const std::string& group : user.impersonate_groups) {
    headers.emplace_back("Impersonate-Group", group);
  }
  for (const auto& [key, values] : user.impersonate_extra) {
    for (const std::string& value : values) {
      headers.emplace_back("Impersonate-Extra-" + percent_encoded_key(key), value);
    }
  }
  return headers;
}

/// Legacy providers were taken out of kubectl in 1.26; each has a successor.
void refuse_auth_provider(const std::string& context, const std::string& provider) {
  if (provider.empty()) return;
  const std::string hint =
      provider == "gcp"     ? "install gke-gcloud-auth-plugin and run: gcloud container clusters "
                              "get-credentials CLUSTER"
      : provider == "azure" ? "install kubelogin and run: kubelogin convert-kubeconfig"
                            : "replace it by an exec plugin (for OIDC: kubectl oidc-login)";
  throw Failure("invalid-kubeconfig",
                "context \"" + context + "\": its user needs the auth-provider \"" + provider +
                    "\", which Kubernetes has removed",
                hint);
}

ContextEntry context_entry(const Kubeconfig& config, const std::string& context,
                           const AccessOverrides& overrides) {
  const auto found = config.contexts.find(context);
  if (found == config.contexts.end()) {
    throw Failure("unknown-context", "there is no context \"" + context + "\"",
                  "kubectl mesh contexts lists what there is");
  }
  ContextEntry entry = found->second;
  if (!overrides.cluster.empty()) entry.cluster = overrides.cluster;
  if (!overrides.user.empty()) entry.user = overrides.user;
  if (!overrides.name_space.empty()) entry.name_space = overrides.name_space;
  return entry;
}

ClusterEntry cluster_entry(const Kubeconfig& config, const std::string& context,
                           const std::string& name) {
  const auto found = config.clusters.find(name);
  if (found == config.clusters.end()) {
    throw Failure("invalid-kubeconfig", "context \"" + context + "\" names the cluster \"" + name +
                                            "\", which no kubeconfig defines");
  }
  return found->second;
}

UserEntry user_entry(const Kubeconfig& config, const std::string& context,
                     const std::string& name) {
  if (name.empty()) return {};  // anonymous, as in client-go
  const auto found = config.users.find(name);
  if (found == config.users.end()) {
    throw Failure("invalid-kubeconfig", "context \"" + context + "\" names the user \"" + name +
                                            "\", which no kubeconfig defines");
  }
  return found->second;
}

Endpoint make_endpoint(const std::string& context, const ContextEntry& entry,
                       const ClusterEntry& cluster, const UserEntry& user) {
  const Server server = parse_server(context, cluster.server);
  Endpoint endpoint;
  endpoint.context = context;
  endpoint.server = server.url;
  endpoint.name_space = entry.name_space.empty() ? "default" : entry.name_space;
  endpoint.user = entry.user;
  endpoint.auth = auth_word(user);
  endpoint.ca_pem = pem_of(context, "certificate-authority", cluster.certificate_authority_data,
                           cluster.certificate_authority);
  endpoint.insecure = cluster.insecure_skip_tls_verify;
  if (endpoint.insecure && !endpoint.ca_pem.empty()) {
    throw Failure("invalid-kubeconfig",
                  "context \"" + context +
                      "\": both a certificate-authority and insecure-skip-tls-verify are set",
                  "keep one of them");
  }
  endpoint.verify_name = cluster.tls_server_name.empty() ? server.host : cluster.tls_server_name;
  endpoint.proxy = proxy_for(cluster.proxy_url, server.host, server.port);
  endpoint.compress = !cluster.disable_compression;
  endpoint.headers = impersonation(context, user);
  return endpoint;
}

}  // namespace

Access resolve_access(const Kubeconfig& config, const std::string& context,
                      const AccessOverrides& overrides) {
  const ContextEntry entry = context_entry(config, context, overrides);
  ClusterEntry cluster = cluster_entry(config, context, entry.cluster);
  UserEntry user = user_entry(config, context, entry.user);
  override_cluster(cluster, overrides);
  override_user(user, overrides);
  refuse_auth_provider(context, user.auth_provider);

  Access access;
  access.endpoint = make_endpoint(context, entry, cluster, user);
  Credential fixed;
  fixed.client_certificate_pem =
      pem_of(context, "client-certificate", user.client_certificate_data, user.client_certificate);
  fixed.client_key_pem = pem_of(context, "client-key", user.client_key_data, user.client_key);
  if (fixed.client_certificate_pem.empty() != fixed.client_key_pem.empty()) {
    throw Failure("invalid-kubeconfig",
                  "context \"" + context + "\": client-certificate and client-key belong together");
  }
  access.credentials = make_credentials(user, std::move(fixed), cluster, access.endpoint);
  return access;
}

std::optional<Access> in_cluster_access() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  const std::filesystem::path folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  if (host == nullptr || port == nullptr || !std::filesystem::exists(folder / "token")) {
    return std::nullopt;
  }
  const std::string name = std::string(host).find(':') == std::string::npos
                               ? std::string(host)
                               : "[" + std::string(host) + "]";
  ClusterEntry cluster;
  cluster.server = "https://" + name + ":" + port;
  cluster.certificate_authority = folder / "ca.crt";
  UserEntry user;
  user.token_file = folder / "token";
  ContextEntry entry{.cluster = "in-cluster", .user = "service account", .name_space = {}};
  const char* pod_namespace = std::getenv("POD_NAMESPACE");
  entry.name_space = pod_namespace != nullptr ? pod_namespace : read_file(folder / "namespace");
  Access access;
  access.endpoint = make_endpoint("in-cluster", entry, cluster, user);
  access.credentials = make_credentials(user, {}, cluster, access.endpoint);
  return access;
}

}  // namespace mesh
