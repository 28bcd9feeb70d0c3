#include "cluster/credentials.hpp"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/files.hpp"
#include "base/text.hpp"
#include "cluster/exec_credential.hpp"
#include "mesh/base64.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

std::string without_newline(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

/// Certificates, a token or a password out of the kubeconfig: what does not change.
class FixedCredential : public CredentialSource {
 public:
  explicit FixedCredential(Credential credential) : m_credential(std::move(credential)) {}
  Credential current(Deadline) override { return m_credential; }
  bool renew(const Credential&, Deadline) override { return false; }

 private:
  Credential m_credential;
};

/// A token that somebody else keeps fresh in a file: read again after a minute, as client-go does.
class TokenFile : public CredentialSource {
 public:
  TokenFile(std::string path, Credential fixed)
      : m_path(std::move(path)), m_credential(std::move(fixed)) {}

  Credential current(Deadline) override {
    const std::scoped_lock lock(m_mutex);
    if (std::chrono::steady_clock::now() - m_read > std::chrono::minutes(1)) read();
    return m_credential;
  }

  bool renew(const Credential& used, Deadline) override {
    const std::scoped_lock lock(m_mutex);
    read();
    return m_credential != used;
  }

 private:
  void read() {
    try {
      m_credential.authorization = "Bearer " + without_newline(read_file(m_path));
    } catch (const Failure& failure) {
      throw Failure("credential", "token file: " + failure.problem().message);
    }
    m_read = std::chrono::steady_clock::now();
  }

  std::string m_path;
  Credential m_credential;
  std::mutex m_mutex;
  std::chrono::steady_clock::time_point m_read{};
};

/// One login per run, shared by all requests; again when it expires or a server says 401. One that
/// failed is not tried again either: the next request would wait as long, or ask the operator anew.
class ExecLogin : public CredentialSource {
 public:
  ExecLogin(ExecConfig config, std::string cluster_info, Credential fixed)
      : m_config(std::move(config)),
        m_cluster_info(std::move(cluster_info)),
        m_fixed(std::move(fixed)) {}

  Credential current(Deadline deadline) override {
    const std::scoped_lock lock(m_mutex);
    if (!m_login || m_login->expires <= std::chrono::system_clock::now()) log_in(deadline);
    return m_login->credential;
  }

  bool renew(const Credential& used, Deadline deadline) override {
    const std::scoped_lock lock(m_mutex);
    if (m_login && m_login->credential != used) return true;
    if (m_renewed) return false;  // a fresh login was refused too: asking again will not help
    m_renewed = true;
    log_in(deadline);
    return true;
  }

 private:
  void log_in(Deadline deadline) {
    if (m_refusal) throw Failure(*m_refusal);
    try {
      m_login = run_exec_plugin(m_config, m_cluster_info, deadline);
    } catch (const Failure& failure) {
      m_refusal = failure;
      throw;
    }
    if (m_login->credential.client_certificate_pem.empty()) {
      m_login->credential.client_certificate_pem = m_fixed.client_certificate_pem;
      m_login->credential.client_key_pem = m_fixed.client_key_pem;
    }
  }

  ExecConfig m_config;
  std::string m_cluster_info;
  Credential m_fixed;
  std::mutex m_mutex;
  std::optional<ExecLoginResult> m_login;
  std::optional<Failure> m_refusal;
  bool m_renewed = false;
};

}  // namespace

std::string auth_word(const UserEntry& user) {
  if (!user.auth_provider.empty()) return "auth-provider " + user.auth_provider;
  if (!user.token_file.empty()) return "token file";
  if (!user.token.empty()) return "token";
  if (!user.username.empty()) return "basic";
  if (user.exec) return "exec " + std::filesystem::path(user.exec->command).filename().string();
  if (!user.client_certificate.empty() || !user.client_certificate_data.empty()) {
    return "client certificate";
  }
  return "none";
}

std::shared_ptr<CredentialSource> bearer_token(const std::string& token) {
  Credential credential;
  credential.authorization = "Bearer " + token;
  return std::make_shared<FixedCredential>(std::move(credential));
}

std::shared_ptr<CredentialSource> make_credentials(const UserEntry& user, Credential fixed,
                                                   const ClusterEntry& cluster,
                                                   const Endpoint& endpoint) {
  if (!user.token_file.empty()) {
    return std::make_shared<TokenFile>(user.token_file, std::move(fixed));
  }
  if (!user.token.empty()) {
    fixed.authorization = "Bearer " + user.token;
  } else if (!user.username.empty()) {
    fixed.authorization = "Basic " + base64_encode(user.username + ":" + user.password);
  } else if (user.exec) {
    return std::make_shared<ExecLogin>(*user.exec, exec_cluster_info(cluster, endpoint),
                                       std::move(fixed));
  }
  return std::make_shared<FixedCredential>(std::move(fixed));
}

}  // namespace mesh
