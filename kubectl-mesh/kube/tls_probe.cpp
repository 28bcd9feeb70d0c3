#include "kube/tls_probe.hpp"

#include <memory>

#include <boost/asio/ssl.hpp>
#include <openssl/pem.h>

#include "kube/asio_steps.hpp"

namespace mesh {

namespace {

namespace ssl = boost::asio::ssl;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

std::string pem_of(X509* certificate) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// Runs when the server's certificates have come, before it can end the handshake.
int keep_chain(X509_STORE_CTX* store, void* target) {
  auto& chain = *static_cast<std::vector<std::string>*>(target);
  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
  for (int index = 0; index < sk_X509_num(sent); ++index) {
    chain.push_back(pem_of(sk_X509_value(sent, index)));
  }
  return 1;
}

}  // namespace

std::vector<std::string> probe_tls(const std::string& address, int port,
                                   const std::string& server_name, const std::string& alpn,
                                   Deadline deadline) {
  std::vector<std::string> chain;
  AsioSteps steps(address + ":" + std::to_string(port), deadline);
  ssl::context context(ssl::context::tls_client);
  SSL_CTX_set_verify(context.native_handle(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context.native_handle(), keep_chain, &chain);
  ssl::stream<boost::asio::ip::tcp::socket> stream(steps.loop(), context);
  SSL_set_tlsext_host_name(stream.native_handle(), server_name.c_str());
  if (!alpn.empty()) {
    const std::string offer = static_cast<char>(alpn.size()) + alpn;
    SSL_set_alpn_protos(stream.native_handle(),
                        reinterpret_cast<const unsigned char*>(offer.data()),
                        static_cast<unsigned>(offer.size()));
  }
  steps.connect(stream.next_layer(), address, std::to_string(port));
  steps.attempt("the TLS handshake",
                [&](auto handler) { stream.async_handshake(ssl::stream_base::client, handler); });
  return chain;
}

}  // namespace mesh
