#include "cluster/access.hpp"

#include <cstdlib>
#include <unistd.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "cluster/access_rules.hpp"
#include "cluster/credentials.hpp"
#include "cluster/proxy.hpp"
#include "cluster/server.hpp"
#include "mesh/base64.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// `data` (base64) wins over the file, as in client-go's rest.Config.
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

void take(std::string& field, const std::string& value) {
  if (!value.empty()) field = value;
}

void override_user(UserEntry& user, const AccessOverrides& overrides) {
  if (!overrides.client_certificate.empty()) user.client_certificate_data.clear();
  if (!overrides.client_key.empty()) user.client_key_data.clear();
  take(user.client_certificate, overrides.client_certificate);
  take(user.client_key, overrides.client_key);
  if (!overrides.token.empty()) {
    user.token = overrides.token;
    for (std::string* other : {&user.token_file, &user.username, &user.password}) other->clear();
    user.exec.reset();
  }
  take(user.impersonate, overrides.as);
  take(user.impersonate_uid, overrides.as_uid);
  if (!overrides.as_groups.empty()) user.impersonate_groups = overrides.as_groups;
  std::map<std::string, std::vector<std::string>> given;
  for (const std::string& extra : overrides.as_user_extra) {
    const std::size_t equals = extra.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Failure("usage", "--as-user-extra " + extra + ": write key=value");
    }
    given[extra.substr(0, equals)].push_back(extra.substr(equals + 1));
  }
  for (auto& [key, values] : given) user.impersonate_extra[key] = std::move(values);
}

void override_cluster(ClusterEntry& cluster, const AccessOverrides& overrides) {
  // Another server has another name in its certificate, and another CA means that it is verified.
  if (!overrides.server.empty()) {
    cluster.server = overrides.server;
    cluster.tls_server_name.clear();
  }
  take(cluster.tls_server_name, overrides.tls_server_name);
  const bool insecure = overrides.insecure_skip_tls_verify.value_or(false);
  if (insecure || !overrides.certificate_authority.empty()) {
    cluster.certificate_authority = overrides.certificate_authority;
    cluster.certificate_authority_data.clear();
    cluster.insecure_skip_tls_verify = insecure;
  } else if (overrides.insecure_skip_tls_verify) {
    cluster.insecure_skip_tls_verify = false;
  }
  if (overrides.disable_compression) cluster.disable_compression = *overrides.disable_compression;
}

std::vector<std::pair<std::string, std::string>> impersonation(const UserEntry& user) {
  std::vector<std::pair<std::string, std::string>> headers;
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

std::string proxy_of(const std::string& context, const ClusterEntry& cluster,
                     const Server& server) {
  try {
    return proxy_for(cluster.proxy_url, server.host, server.port);
  } catch (const Failure& failure) {
    throw Failure(failure.problem().code,
                  "context \"" + context + "\": " + failure.problem().message,
                  failure.problem().hint);
  }
}

Endpoint make_endpoint(const std::string& context, const ContextEntry& entry,
                       const ClusterEntry& cluster, const UserEntry& user,
                       bool allow_insecure_tls) {
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
  endpoint.gets_secrets = !endpoint.insecure || allow_insecure_tls;
  endpoint.verify_name = cluster.tls_server_name.empty() ? server.host : cluster.tls_server_name;
  endpoint.proxy = proxy_of(context, cluster, server);
  endpoint.compress = !cluster.disable_compression;
  endpoint.headers = impersonation(user);
  check_endpoint(endpoint);
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
  check_user(context, user);
  // The file is the fresher one, but a token that is there is better than a file that is not.
  if (!user.token.empty() && ::access(user.token_file.c_str(), R_OK) != 0) user.token_file.clear();

  Access access;
  access.endpoint = make_endpoint(context, entry, cluster, user, overrides.allow_insecure_tls);
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

std::optional<Access> in_cluster_access(const AccessOverrides& overrides,
                                        const std::filesystem::path& folder) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
  };
  const std::string host = variable("KUBERNETES_SERVICE_HOST");
  const std::string port = variable("KUBERNETES_SERVICE_PORT");
  std::error_code ignored;
  if (host.empty() || port.empty() || !std::filesystem::exists(folder / "token", ignored)) {
    return std::nullopt;
  }
  // As a kubeconfig would say it, so that flags mean the same here: --as above all.
  Kubeconfig config;
  ClusterEntry& cluster = config.clusters["in-cluster"];
  cluster.server =
      "https://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  cluster.certificate_authority = folder / "ca.crt";
  config.users["service account"].token_file = folder / "token";
  ContextEntry& context = config.contexts["in-cluster"];
  context = {.cluster = "in-cluster", .user = "service account", .name_space = {}};
  context.name_space = variable("POD_NAMESPACE");
  if (context.name_space.empty() && std::filesystem::exists(folder / "namespace", ignored)) {
    const std::string text = read_file(folder / "namespace");
    context.name_space = text.substr(0, text.find_first_of(" \r\n"));
  }
  return resolve_access(config, "in-cluster", overrides);
}

}  // namespace mesh
