#include "kube/pod_stream.hpp"

#include <array>
#include <optional>
#include <set>

#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "base/text.hpp"
#include "cluster/server.hpp"
#include "kube/asio_steps.hpp"
#include "kube/status.hpp"
#include "kube/tls.hpp"

// The one file that knows Boost.Beast: cpprestsdk's WebSocket client has no deadline and cannot be
// stopped.

namespace mesh {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
namespace ssl = boost::asio::ssl;
using Socket = boost::asio::ip::tcp::socket;
using WebSocket = websocket::stream<ssl::stream<Socket>, false>;

constexpr const char* k_protocol = "v4.channel.k8s.io";
constexpr unsigned char k_data = 0;
constexpr unsigned char k_error = 1;
constexpr std::size_t k_message_max = std::size_t{1} << 20U;
constexpr std::size_t k_body_max = std::size_t{8} << 20U;

/// "proxy.example:3128" of an endpoint's proxy URL, which cluster/proxy.hpp has made sound.
Server proxy_of(const std::string& url) {
  std::string rest = url.substr(url.find("://") + 3);
  rest = rest.substr(0, rest.find('/'));
  const std::size_t at = rest.rfind('@');
  if (at != std::string::npos) rest = rest.substr(at + 1);
  const std::size_t colon = rest.rfind(':');
  return {.host = rest.substr(0, colon),
          .port = colon == std::string::npos ? "80" : rest.substr(colon + 1),
          .url = url};
}

/// One port of one pod, as a stream of bytes.
class PodStream {
 public:
  PodStream(const Access& access, const PodPort& where, Deadline deadline)
      : m_access(access),
        m_where(where),
        m_steps(access.endpoint.context + ": pod " + where.name_space + "/" + where.pod + " port " +
                    std::to_string(where.port),
                deadline),
        m_identity(access.endpoint),
        m_context(ssl::context::tls_client) {
    const Credential credential = access.credentials->current(deadline);
    configure(credential);
    m_socket.emplace(m_steps.loop(), m_context);
    connect();
    upgrade(credential);
  }
  PodStream(const PodStream&) = delete;
  PodStream& operator=(const PodStream&) = delete;
  /// The server logs a connection that just breaks; a word costs a fraction of a millisecond.
  /// A server that does not answer it is no fault of the answer: inside, because the handler of a
  /// destructor's own try block would throw again.
  ~PodStream() {
    try {
      m_steps.attempt("closing", [&](auto handler) {
        m_socket->async_close(websocket::close_code::normal, handler);
      });
    } catch (...) {
    }
  }

  void send(const std::string& bytes) {
    const std::string message = std::string(1, static_cast<char>(k_data)) + bytes;
    m_socket->binary(true);
    m_steps.step("sending", [&](auto handler) {
      m_socket->async_write(boost::asio::buffer(message), handler);
    });
  }

  /// The next bytes; "" at the end of the stream.
  std::string receive() {
    for (;;) {
      beast::flat_buffer buffer(k_message_max);
      const auto error = m_steps.attempt(
          "waiting for an answer", [&](auto handler) { m_socket->async_read(buffer, handler); });
      if (error) return "";
      const std::string message(static_cast<const char*>(buffer.data().data()), buffer.size());
      if (message.empty()) continue;
      const auto channel = static_cast<unsigned char>(message.front());
      // The first message of each channel only repeats the number of the port.
      if (m_begun.insert(channel).second) continue;
      if (channel == k_data) return message.substr(1);
      if (channel == k_error && message.size() > 1) {
        m_steps.fail("unreachable", "is not answered: " + escape_terminal(message.substr(1)));
      }
    }
  }

 private:
  ssl::stream<Socket>& tls() { return m_socket->next_layer(); }
  Socket& tcp() { return tls().next_layer(); }

  void configure(const Credential& credential) {
    m_identity.configure(m_context.native_handle());
    if (credential.client_key_pem.empty()) return;
    m_context.use_certificate_chain(boost::asio::buffer(credential.client_certificate_pem));
    m_context.use_private_key(boost::asio::buffer(credential.client_key_pem), ssl::context::pem);
  }

  void connect() {
    const Endpoint& endpoint = m_access.endpoint;
    const Server server = parse_server(endpoint.context, endpoint.server);
    if (endpoint.proxy.empty()) {
      m_steps.connect(tcp(), server.host, server.port);
    } else {
      through_proxy(proxy_of(endpoint.proxy), server.host + ":" + server.port);
    }
    const bool address =
        endpoint.verify_name.find_first_not_of("0123456789.:") == std::string::npos;
    if (!address) SSL_set_tlsext_host_name(tls().native_handle(), endpoint.verify_name.c_str());
    const auto error = m_steps.attempt("the TLS handshake", [&](auto handler) {
      tls().async_handshake(ssl::stream_base::client, handler);
    });
    if (!error) return;
    const std::string refusal = m_identity.refusal();
    m_steps.fail("tls",
                 "the TLS handshake failed: " + (refusal.empty() ? error.message() : refusal));
  }

  void through_proxy(const Server& proxy, const std::string& target) {
    m_steps.connect(tcp(), proxy.host, proxy.port);
    http::request<http::empty_body> request(http::verb::connect, target, 11);
    request.set(http::field::host, target);
    m_steps.step("asking the proxy",
                 [&](auto handler) { http::async_write(tcp(), request, handler); });
    beast::flat_buffer buffer(k_message_max);
    http::response_parser<http::empty_body> answer;
    answer.skip(true);
    m_steps.step("asking the proxy",
                 [&](auto handler) { http::async_read_header(tcp(), buffer, answer, handler); });
    if (answer.get().result() == http::status::ok) return;
    m_steps.fail("unreachable",
                 "the proxy did not connect us: " + std::to_string(answer.get().result_int()));
  }

  void upgrade(const Credential& credential) {
    const Endpoint& endpoint = m_access.endpoint;
    const Server server = parse_server(endpoint.context, endpoint.server);
    const std::string root = server.url.substr(server.url.find("://") + 3);
    const std::size_t slash = root.find('/');
    const std::string target = (slash == std::string::npos ? "" : root.substr(slash)) +
                               "/api/v1/namespaces/" + m_where.name_space + "/pods/" + m_where.pod +
                               "/portforward?ports=" + std::to_string(m_where.port);
    m_socket->read_message_max(k_message_max);
    m_socket->set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                         websocket::stream_base::none(), false});
    m_socket->set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      request.set(http::field::sec_websocket_protocol, k_protocol);
      request.set(http::field::user_agent,
                  "kubectl-mesh/" MESH_VERSION " (linux/" MESH_ARCHITECTURE ")");
      if (!credential.authorization.empty()) {
        request.set(http::field::authorization, credential.authorization);
      }
      for (const auto& [name, value] : endpoint.headers) request.insert(name, value);
    }));
    websocket::response_type answer;
    const auto error = m_steps.attempt("the upgrade to a WebSocket", [&](auto handler) {
      m_socket->async_handshake(answer, server.host + ":" + server.port, target, handler);
    });
    if (!error) return;
    if (error != websocket::error::upgrade_declined) {
      m_steps.fail("unreachable", "no port-forward: " + error.message());
    }
    throw_status(
        {.status = static_cast<int>(answer.result_int()), .body = answer.body(), .headers = {}},
        endpoint.context, "forward a port of pod " + m_where.name_space + "/" + m_where.pod,
        "Pod " + m_where.name_space + "/" + m_where.pod);
  }

  const Access& m_access;
  const PodPort& m_where;
  AsioSteps m_steps;
  TlsIdentity m_identity;
  ssl::context m_context;
  std::optional<WebSocket> m_socket;
  std::set<unsigned char> m_begun;
};

[[noreturn]] void ended_early(const Access& access, const PodPort& where) {
  throw Failure("unreachable", access.endpoint.context + ": pod " + where.name_space + "/" +
                                   where.pod + " closed port " + std::to_string(where.port) +
                                   " before it had answered");
}

}  // namespace

PodReply pod_get(const Access& access, const PodPort& where, const std::string& path,
                 Deadline deadline) {
  PodStream stream(access, where, deadline);
  stream.send("GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(where.port) +
              "\r\nConnection: close\r\n\r\n");
  http::response_parser<http::string_body> answer;
  answer.body_limit(k_body_max);
  answer.eager(true);
  std::string pending;
  while (!answer.is_done()) {
    const std::string bytes = stream.receive();
    beast::error_code error;
    if (bytes.empty()) {
      answer.put_eof(error);
      if (error || !answer.is_done()) ended_early(access, where);
      break;
    }
    pending += bytes;
    pending.erase(0, answer.put(boost::asio::buffer(pending), error));
    if (error && error != http::error::need_more) ended_early(access, where);
  }
  return {.status = static_cast<int>(answer.get().result_int()), .bytes = answer.get().body()};
}

PodReply pod_frame(const Access& access, const PodPort& where, const std::string& frame,
                   Deadline deadline) {
  constexpr std::size_t k_length = 2;
  PodStream stream(access, where, deadline);
  const std::string length{static_cast<char>(frame.size() >> 8U), static_cast<char>(frame.size())};
  stream.send(length + frame);
  std::string answer;
  for (;;) {
    if (answer.size() >= k_length) {
      const std::size_t wanted = static_cast<unsigned char>(answer[0]) * std::size_t{256} +
                                 static_cast<unsigned char>(answer[1]);
      if (answer.size() >= k_length + wanted)
        return {.status = 0, .bytes = answer.substr(2, wanted)};
    }
    const std::string bytes = stream.receive();
    if (bytes.empty()) ended_early(access, where);
    answer += bytes;
  }
}

}  // namespace mesh
