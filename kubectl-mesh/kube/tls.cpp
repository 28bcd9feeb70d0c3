#include "kube/tls.hpp"

#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <filesystem>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/files.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

// Where distributions keep their bundle, in the order in which Go looks.
constexpr std::array<const char*, 6> k_bundles{"/etc/ssl/certs/ca-certificates.crt",
                                               "/etc/pki/tls/certs/ca-bundle.crt",
                                               "/etc/ssl/ca-bundle.pem",
                                               "/etc/pki/tls/cacert.pem",
                                               "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                               "/etc/ssl/cert.pem"};

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

int add_certificates(X509_STORE* store, const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) {
    count += X509_STORE_add_cert(store, certificate);
    X509_free(certificate);
  }
  ERR_clear_error();  // "no start line" is how the end of the file looks
  return count;
}

std::string system_bundle() {
  for (const char* path : k_bundles) {
    if (std::filesystem::exists(path)) return read_file(path, std::uint64_t{8} << 20U);
  }
  return {};
}

std::string one_line(const X509_NAME* name) {
  std::string text(256, '\0');
  X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  text.resize(text.find('\0'));
  return text;
}

std::string day(const ASN1_TIME* time) {
  std::tm parts{};
  std::array<char, 16> text{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

std::string name_text(const GENERAL_NAME* entry) {
  const bool address = entry->type == GEN_IPADD;
  if (!address && entry->type != GEN_DNS) return "";
  const ASN1_STRING* value = address ? entry->d.iPAddress : entry->d.dNSName;
  const auto* bytes = ASN1_STRING_get0_data(value);
  const int size = ASN1_STRING_length(value);
  if (!address) {
    return ", DNS:" +
           std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (size != 4 && size != 16) return "";
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return std::string(", IP:") + text.data();
}

/// What an operator compares with his kubeconfig.
std::string describe(const X509* certificate) {
  if (certificate == nullptr) return "";
  std::string text = " (subject " + one_line(X509_get_subject_name(certificate)) + ", issuer " +
                     one_line(X509_get_issuer_name(certificate)) + ", valid from " +
                     day(X509_get0_notBefore(certificate)) + " to " +
                     day(X509_get0_notAfter(certificate));
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int index = 0; index < sk_GENERAL_NAME_num(names); ++index) {
    text += name_text(sk_GENERAL_NAME_value(names, index));
  }
  GENERAL_NAMES_free(names);
  return text + ")";
}

}  // namespace

TlsIdentity::TlsIdentity(const Endpoint& endpoint)
    : m_store(X509_STORE_new()), m_name(endpoint.verify_name), m_insecure(endpoint.insecure) {
  const bool own = !endpoint.ca_pem.empty();
  if (endpoint.insecure) return;
  const int count = add_certificates(m_store.get(), own ? endpoint.ca_pem : system_bundle());
  if (own && count == 0) {
    throw Failure("invalid-kubeconfig", "context \"" + endpoint.context +
                                            "\": certificate-authority holds no PEM certificate");
  }
}

void TlsIdentity::configure(SSL_CTX* context) const {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set1_cert_store(context, m_store.get());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, const_cast<TlsIdentity*>(this));
  SSL_CTX_set_msg_callback(context, hear);
  SSL_CTX_set_msg_callback_arg(context, const_cast<TlsIdentity*>(this));
}

// In TLS 1.3 a server refuses a client's certificate after the handshake: to the HTTP library that
// looks like any connection that broke.
void TlsIdentity::hear(int sent, int, int type, const void* bytes, std::size_t size, SSL*,
                       void* self) {
  const auto* alert = static_cast<const unsigned char*>(bytes);
  if (sent != 0 || type != SSL3_RT_ALERT || size < 2 || alert[0] != SSL3_AL_FATAL) return;
  const auto* identity = static_cast<const TlsIdentity*>(self);
  const std::scoped_lock lock(identity->m_mutex);
  identity->m_alert = SSL_alert_desc_string_long(alert[1]);
}

int TlsIdentity::verify(X509_STORE_CTX* store, void* self) {
  return static_cast<const TlsIdentity*>(self)->judge(store);
}

// The whole verdict is formed here: the HTTP library's own check, which accepts a common name where
// SANs name somebody else, never runs.
int TlsIdentity::judge(X509_STORE_CTX* store) const {
  if (m_insecure) {
    const std::scoped_lock lock(m_mutex);
    m_reached = true;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(store);
  // Go accepts an intermediate or the server's own certificate as trust anchor.
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, m_name.c_str()) != 1) {
    ERR_clear_error();
    X509_VERIFY_PARAM_set1_host(rules, m_name.c_str(), 0);
  }
  X509_STORE_CTX_set_verify_cb(store, [](int ok, X509_STORE_CTX*) { return ok; });
  const int verdict = X509_verify_cert(store);
  const std::scoped_lock lock(m_mutex);
  m_reached = true;
  if (verdict <= 0) {
    m_refusal = std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store))) +
                describe(X509_STORE_CTX_get0_cert(store));
  }
  return verdict > 0 ? 1 : 0;
}

std::string TlsIdentity::refusal() const {
  const std::scoped_lock lock(m_mutex);
  return m_refusal;
}

std::string TlsIdentity::alert() const {
  const std::scoped_lock lock(m_mutex);
  return m_alert;
}

bool TlsIdentity::reached() const {
  const std::scoped_lock lock(m_mutex);
  return m_reached;
}

}  // namespace mesh
