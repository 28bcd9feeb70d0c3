#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include "cluster/access.hpp"

namespace mesh {

/// Who the server must be and what proves it, shared by all connections to one API server. The
/// kubeconfig's CA is the only trust anchor; without one the system's bundle is, read once. Names
/// are checked against the certificate's SANs only, as Go does.
class TlsIdentity {
 public:
  explicit TlsIdentity(const Endpoint& endpoint);

  /// Replaces whatever the HTTP library set up in `context`: store, versions, verification.
  void configure(SSL_CTX* context) const;
  /// Why the last handshake was refused; "" if none was.
  std::string refusal() const;
  /// What the server said when it ended TLS itself; "" if it did not.
  std::string alert() const;
  /// Whether any handshake got as far as the server's certificate.
  bool reached() const;

 private:
  static int verify(X509_STORE_CTX* store, void* self);
  int judge(X509_STORE_CTX* store) const;
  static void hear(int sent, int version, int type, const void* bytes, std::size_t size, SSL* ssl,
                   void* self);

  struct FreeStore {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };
  std::unique_ptr<X509_STORE, FreeStore> m_store;
  std::string m_name;
  bool m_insecure;
  mutable std::mutex m_mutex;
  mutable std::string m_refusal;
  mutable std::string m_alert;
  mutable bool m_reached = false;
};

}  // namespace mesh
