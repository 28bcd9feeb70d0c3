#include "cluster/access_rules.hpp"

#include <algorithm>
#include <array>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

[[noreturn]] void refuse_context(const std::string& context, const std::string& what,
                                 const std::string& hint) {
  throw Failure("invalid-kubeconfig", "context \"" + context + "\": " + what, hint);
}

/// Legacy providers were taken out of kubectl in 1.26; each has a successor.
void refuse_auth_provider(const std::string& context, const std::string& provider) {
  if (provider.empty()) return;
  const std::string hint =
      provider == "gcp"     ? "install gke-gcloud-auth-plugin and run: gcloud container clusters "
                              "get-credentials CLUSTER"
      : provider == "azure" ? "install kubelogin and run: kubelogin convert-kubeconfig"
                            : "replace it by an exec plugin (for OIDC: kubectl oidc-login)";
  refuse_context(
      context,
      "its user needs the auth-provider \"" + provider + "\", which Kubernetes has removed", hint);
}

void check_exec(const std::string& context, const ExecConfig& exec) {
  constexpr std::array<std::string_view, 2> k_versions{"client.authentication.k8s.io/v1",
                                                       "client.authentication.k8s.io/v1beta1"};
  constexpr std::array<std::string_view, 3> k_modes{"Never", "IfAvailable", "Always"};
  if (exec.command.empty()) {
    refuse_context(context, "its exec plugin has no command", "set users[].user.exec.command");
  }
  if (std::find(k_versions.begin(), k_versions.end(), exec.api_version) == k_versions.end()) {
    refuse_context(context,
                   "its exec plugin \"" + exec.command + "\" has the apiVersion \"" +
                       exec.api_version +
                       "\"; v1 and v1beta1 of client.authentication.k8s.io are supported",
                   "update the plugin, then write its kubeconfig entry anew");
  }
  if (exec.interactive_mode.empty() && exec.api_version != k_versions[0]) return;
  if (std::find(k_modes.begin(), k_modes.end(), exec.interactive_mode) == k_modes.end()) {
    refuse_context(context,
                   "its exec plugin \"" + exec.command + "\" has the interactiveMode \"" +
                       exec.interactive_mode + "\"",
                   "write Never, IfAvailable or Always into its kubeconfig entry");
  }
}

/// A line end in a header would be the begin of another.
bool fits_header(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; });
}

}  // namespace

void check_user(const std::string& context, const UserEntry& user) {
  const bool token = !user.token.empty() || !user.token_file.empty();
  if (token && (!user.username.empty() || !user.password.empty())) {
    refuse_context(context, "its user has both a token and a user name with password",
                   "only one is allowed: kubectl config view shows them");
  }
  refuse_auth_provider(context, user.auth_provider);
  if (user.exec) check_exec(context, *user.exec);
  if (!fits_header(user.token)) {
    refuse_context(context, "its user's token has a line end or another control character in it",
                   "kubectl config set-credentials NAME --token=TOKEN");
  }
  const bool more = !user.impersonate_uid.empty() || !user.impersonate_groups.empty() ||
                    !user.impersonate_extra.empty();
  if (user.impersonate.empty() && more) {
    refuse_context(context, "groups, uid or extra are impersonated, but no user",
                   "name the user with --as (or `as:` in the kubeconfig)");
  }
}

void check_endpoint(const Endpoint& endpoint) {
  if (endpoint.insecure && !endpoint.ca_pem.empty()) {
    refuse_context(endpoint.context,
                   "both a certificate-authority and insecure-skip-tls-verify are set",
                   "keep one of them");
  }
  for (const auto& [name, value] : endpoint.headers) {
    if (fits_header(value)) continue;
    refuse_context(endpoint.context, name + " has a line end or another control character in it",
                   "look at what is impersonated");
  }
}

}  // namespace mesh
