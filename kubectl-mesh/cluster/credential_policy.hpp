#pragma once

#include <map>
#include <string>

namespace mesh {

/// Throws Failure("credential") if the operator's kuberc (KUBERC, else ~/.kube/kuberc) forbids this
/// credential plugin: credentialPluginPolicy AllowAll, DenyAll or Allowlist, as kubectl honours it.
void require_allowed(const std::string& command);

/// Puts SSL_CERT_FILE and SSL_CERT_DIR back to what they were when the process began, for a child.
void restore_trust_environment(std::map<std::string, std::string>& environment);

/// Remembers the two variables, then points them at nothing: once, in main's thread, before any
/// other.
void hide_trust_environment();

}  // namespace mesh
