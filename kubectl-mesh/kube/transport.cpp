#include "kube/transport.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <cpprest/http_client.h>
#include <cpprest/http_compression.h>
#include <cpprest/producerconsumerstream.h>
#include <pplx/threadpool.h>

#include "base/text.hpp"
#include "cluster/credential_policy.hpp"
#include "kube/gunzip.hpp"
#include "kube/tls.hpp"

// The one file that knows cpprestsdk. Its defaults are made for browsers, not for API servers; each
// cure below is held by a test in tests/fault. What it cannot do: IPv6 literals as server, a
// deadline for name resolution (we stop waiting, its thread does not), telling whether a lost
// request was sent.

namespace mesh {

namespace {

namespace http = web::http;
using HttpClient = http::client::http_client;
using std::chrono::milliseconds;

constexpr const char* k_gzip = "gzip";
constexpr std::size_t k_chunk = std::size_t{64} * 1024;
constexpr milliseconds k_look_around{20};  // how late an interrupt may be noticed
// The library's own clock is for a single step and tells nothing: ours must always ring first.
constexpr milliseconds k_behind{5'000};

using Socket = boost::asio::ip::tcp::socket;
using TlsStream = boost::asio::ssl::stream<Socket&>;

/// A link that died without a word is noticed within 45 s: HTTP/1.1 has no ping of its own.
void watch_link(int descriptor) {
  constexpr std::array<std::pair<int, int>, 4> k_options{
      {{TCP_KEEPIDLE, 15}, {TCP_KEEPINTVL, 5}, {TCP_KEEPCNT, 6}, {TCP_USER_TIMEOUT, 30'000}}};
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  for (const auto& [name, value] : k_options) {
    ::setsockopt(descriptor, IPPROTO_TCP, name, &value, sizeof value);
  }
}

/// The library shows its socket before it is opened, and never again: the beginning of the
/// handshake is the moment when there is one.
void watch_from_handshake(http::client::native_handle handle) {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  auto* stream = static_cast<TlsStream*>(handle);
  SSL_set_ex_data(stream->native_handle(), index, &stream->next_layer());
  SSL_set_info_callback(stream->native_handle(), [](const SSL* connection, int where, int) {
    if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
    watch_link(static_cast<Socket*>(SSL_get_ex_data(connection, index))->native_handle());
  });
}

/// What one answer may still bring. The library reads and inflates ahead of its reader: the cap
/// must hold where the bytes come in.
class Cap {
 public:
  explicit Cap(std::size_t bytes) : m_bytes(bytes) {}
  void check(std::size_t total) {
    if (total <= m_bytes) return;
    m_exceeded = true;
    throw std::length_error("the answer is too large");
  }
  bool exceeded() const { return m_exceeded; }

 private:
  const std::size_t m_bytes;
  std::atomic<bool> m_exceeded{false};
};

/// The library's own forgets what it has unpacked and found no room for when its input is used up:
/// lists of alike objects came in cut, now and then.
class Inflater : public http::compression::decompress_provider {
 public:
  explicit Inflater(std::shared_ptr<Cap> cap) : m_cap(std::move(cap)) {}

  const std::string& algorithm() const override { return m_algorithm; }
  std::size_t decompress(const std::uint8_t* input, std::size_t input_size, std::uint8_t* output,
                         std::size_t output_size, http::compression::operation_hint /*hint*/,
                         std::size_t& used, bool& done) override {
    const Gunzip::Step step = m_gunzip.step({input, input_size}, {output, output_size});
    m_total += step.made;
    m_cap->check(m_total);
    used = step.taken;
    done = step.ended;
    return step.made;
  }
  pplx::task<http::compression::operation_result> decompress(
      const std::uint8_t* input, std::size_t input_size, std::uint8_t* output,
      std::size_t output_size, http::compression::operation_hint hint) override {
    http::compression::operation_result result{};
    result.output_bytes_produced = decompress(input, input_size, output, output_size, hint,
                                              result.input_bytes_processed, result.done);
    return pplx::task_from_result(result);
  }
  void reset() override { m_gunzip = Gunzip(); }

 private:
  const std::string m_algorithm = k_gzip;
  const std::shared_ptr<Cap> m_cap;
  Gunzip m_gunzip;
  std::size_t m_total = 0;
};

/// One asynchronous step whose outcome is always taken, so that no failed task goes unobserved
/// (that would end the process), and which may be left behind while it still runs.
template <typename T>
class Pending {
 public:
  explicit Pending(const pplx::task<T>& task) : m_state(std::make_shared<State>()) {
    task.then([state = m_state](pplx::task<T> ended) {
      std::optional<T> value;
      std::exception_ptr error;
      try {
        value.emplace(ended.get());
      } catch (...) {
        error = std::current_exception();
      }
      const std::scoped_lock lock(state->mutex);
      state->value = std::move(value);
      state->error = error;
      state->done = true;
      state->changed.notify_all();
    });
  }

  /// nullopt: not yet.
  std::optional<T> wait(milliseconds span) {
    std::unique_lock lock(m_state->mutex);
    if (!m_state->changed.wait_for(lock, span, [&] { return m_state->done; })) return std::nullopt;
    if (m_state->error) std::rethrow_exception(m_state->error);
    return std::move(m_state->value);
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    std::optional<T> value;
    std::exception_ptr error;
  };
  std::shared_ptr<State> m_state;
};

// What the library's words mean. Its error codes are useless: a refused connection says "no route".
struct ErrorRow {
  const char* words;
  const char* code;
  const char* meaning;
  bool maybe_sent;
};
constexpr const char* k_bad_certificate = "client certificate";
constexpr std::array<ErrorRow, 10> k_errors{{
    {k_bad_certificate, "credential", "the client certificate and its key cannot be used", false},
    {"decompress", "unreachable", "the answer says that it is gzip, and is not", true},
    {"cannot rewind", "unreachable", "the connection was closed before an answer", true},
    {"resolving address", "unreachable", "the host's name cannot be resolved", false},
    {"connect to any resolved endpoint", "unreachable", "the connection was refused", false},
    {"connect", "unreachable", "no connection came about", false},
    {"SSL handshake", "tls", "the TLS handshake failed", false},
    {"proxy", "unreachable", "the proxy did not connect us", false},
    {"read HTTP status line", "unreachable", "the connection was closed before an answer", true},
    {"", "unreachable", "the connection broke", true},
}};

/// The library closes a connection in the thread that cancels, while its own may be in the middle
/// of a TLS record on it: a socket is no thing for two threads. So its own and only one does this
/// too.
void abandon(const pplx::cancellation_token_source& cancel) {
  crossplat::threadpool::shared_instance().service().post([cancel] { cancel.cancel(); });
}

class CppRestTransport : public Transport {
 public:
  CppRestTransport(const Access& access, const TransportLimits& limits)
      : m_access(access),
        m_limits(limits),
        m_identity(std::make_shared<TlsIdentity>(access.endpoint)) {
    if (access.endpoint.server.find("://[") != std::string::npos) {
      throw Failure("invalid-kubeconfig",
                    access.endpoint.context + ": an IPv6 address as server cannot be reached",
                    "give it a host name (and tls-server-name, if the certificate needs one)");
    }
    if (!web::uri::validate(access.endpoint.server)) {
      throw Failure("invalid-kubeconfig", access.endpoint.context + ": the server \"" +
                                              escape_terminal(access.endpoint.server) +
                                              "\" is no URL");
    }
  }

  HttpResponse send(const HttpRequest& request, Deadline deadline) override {
    const Deadline end = deadline.sooner(Deadline::in(m_limits.request));
    Credential credential = login(end);
    HttpResponse response = once(request, credential, end);
    if (response.status == 401 && log_in_again(credential, end)) {
      response = once(request, login(end), end);
    }
    return response;
  }

 private:
  /// Whoever makes a credential does not know which cluster it is for.
  template <typename Login>
  auto naming_us(const Login& login) const {
    try {
      return login();
    } catch (const Failure& failure) {
      Problem problem = failure.problem();
      problem.message = m_access.endpoint.context + ": " + problem.message;
      problem.cluster = m_access.endpoint.context;
      throw Failure(std::move(problem));
    }
  }

  Credential login(Deadline deadline) const {
    return naming_us([&] { return m_access.credentials->current(deadline); });
  }

  bool log_in_again(const Credential& refused, Deadline deadline) const {
    return naming_us([&] { return m_access.credentials->renew(refused, deadline); });
  }

  [[noreturn]] void fail(const char* code, const std::string& message, bool maybe_sent,
                         const std::string& hint = {}) const {
    Problem problem;
    problem.code = code;
    problem.message = m_access.endpoint.context + ": " + m_access.endpoint.server + ": " + message;
    problem.hint = hint;
    problem.cluster = m_access.endpoint.context;
    problem.retryable = problem.code == "unreachable";
    throw TransportFailure(std::move(problem), maybe_sent);
  }

  /// One client, and so one pool of connections, as long as the client certificate stays the same.
  std::shared_ptr<HttpClient> client_for(const Credential& credential) {
    const std::scoped_lock lock(m_mutex);
    if (!m_client || m_client_certificate != credential.client_certificate_pem) {
      m_client_certificate = credential.client_certificate_pem;
      m_client = std::make_shared<HttpClient>(m_access.endpoint.server, config_for(credential));
    }
    return m_client;
  }

  http::client::http_client_config config_for(const Credential& credential) const {
    const Endpoint& endpoint = m_access.endpoint;
    http::client::http_client_config config;
    config.set_max_redirects(0);  // a redirect would carry the token to another server
    config.set_timeout(m_limits.request + k_behind);
    config.set_request_compressed_response(endpoint.compress);
    // An address as SNI is against RFC 6066.
    const bool address = endpoint.verify_name.find_first_not_of("0123456789.") == std::string::npos;
    config.set_tlsext_sni_enabled(!address);
    if (endpoint.proxy.empty()) {
      config.set_nativehandle_options(watch_from_handshake);
    } else {
      config.set_proxy(proxy(endpoint.proxy));
    }
    // The library may still be busy with a request that we have left: it keeps what it needs alive.
    config.set_ssl_context_callback(
        [identity = m_identity, credential](boost::asio::ssl::context& context) {
          identity->configure(context.native_handle());
          if (credential.client_key_pem.empty()) return;
          try {
            context.use_certificate_chain(boost::asio::buffer(credential.client_certificate_pem));
            context.use_private_key(boost::asio::buffer(credential.client_key_pem),
                                    boost::asio::ssl::context::pem);
          } catch (const boost::system::system_error&) {
            throw std::runtime_error(k_bad_certificate);
          }
        });
    return config;
  }

  static web::web_proxy proxy(const std::string& url) {
    web::uri_builder parts{web::uri(url)};
    if (parts.port() <= 0) parts.set_port(80);  // the library would connect to port 0
    const std::string user = parts.user_info();
    parts.set_user_info("");
    web::web_proxy settings(parts.to_uri());
    const std::size_t colon = user.find(':');
    if (colon != std::string::npos) {
      settings.set_credentials(
          {web::uri::decode(user.substr(0, colon)), web::uri::decode(user.substr(colon + 1))});
    }
    return settings;
  }

  http::http_request message_for(const HttpRequest& request, const Credential& credential,
                                 const std::shared_ptr<Cap>& cap) const {
    const Endpoint& endpoint = m_access.endpoint;
    http::http_request message(request.method);
    message.set_request_uri(request.target);
    http::http_headers& headers = message.headers();
    headers.add("Accept", request.accept);
    headers.add("User-Agent", "kubectl-mesh/" MESH_VERSION " (linux/" MESH_ARCHITECTURE ")");
    if (!credential.authorization.empty()) headers.add("Authorization", credential.authorization);
    for (const auto& [name, value] : endpoint.headers) headers.add(name, value);
    // The library takes SNI from the Host header, which may not carry a port then.
    const std::string host = web::uri(endpoint.server).host();
    if (endpoint.verify_name != host) headers.add("Host", endpoint.verify_name);
    if (!request.body.empty()) {
      message.set_body(only_once(request.body), request.body.size(), request.content_type);
    }
    message.set_progress_handler([cap](http::message_direction::direction way, std::size_t bytes) {
      if (way == http::message_direction::download) cap->check(bytes);
    });
    if (endpoint.compress) {
      // The API server compares the header's tokens with exactly "gzip": a weight would hide it.
      message.set_decompress_factories({http::compression::make_decompress_factory(
          k_gzip, 65535, [cap] { return std::make_unique<Inflater>(cap); })});
    }
    return message;
  }

  /// The library sends a request again, unasked, if a connection that it had kept is closed before
  /// the answer: the write may have been done by then. What cannot be rewound is not sent twice.
  static concurrency::streams::istream only_once(const std::string& body) {
    concurrency::streams::producer_consumer_buffer<std::uint8_t> buffer;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
    buffer.putn_nocopy(bytes, body.size()).wait();
    buffer.close(std::ios_base::out).wait();
    return buffer.create_istream();
  }

  HttpResponse once(const HttpRequest& request, const Credential& credential, Deadline deadline) {
    const pplx::cancellation_token_source cancel;
    const auto cap = std::make_shared<Cap>(m_limits.body);
    try {
      const std::shared_ptr<HttpClient> client = client_for(credential);
      Pending<http::http_response> sent(
          client->request(message_for(request, credential, cap), cancel.get_token()));
      http::http_response answer = await(sent, deadline, !m_answered);
      m_answered = true;
      HttpResponse response = head_of(answer);
      response.body = body_of(answer, deadline);
      await_release(cap);
      return response;
    } catch (const TransportFailure&) {
      abandon(cancel);  // nobody will read the rest
      throw;
    } catch (const std::exception& error) {
      if (cap->exceeded()) fail_too_large();
      explain(error.what());
    }
  }

  /// Waits for one step, looking around for an interrupt, the deadline and a connection that never
  /// comes.
  template <typename T>
  T await(Pending<T>& step, Deadline deadline, bool connecting) {
    const Deadline connected = Deadline::in(m_limits.connect);
    for (;;) {
      if (auto value = step.wait(std::min(k_look_around, deadline.left())))
        return std::move(*value);
      const bool never_connected = connecting && connected.passed() && !m_identity->reached();
      if (!stop_requested() && !deadline.passed() && !never_connected) continue;
      if (stop_requested()) fail("cancelled", "interrupted while waiting for the answer", true);
      if (never_connected) {
        fail("unreachable", "no connection within " + seconds_text(m_limits.connect), false,
             "check the address, the VPN and the firewall");
      }
      const bool maybe_sent = !connecting || m_identity->reached();
      if (m_limits.run.passed()) {
        fail("deadline", "no complete answer before the end of the time for the whole run",
             maybe_sent, "--timeout sets how long it may take");
      }
      fail("deadline", "no complete answer within " + seconds_text(m_limits.request), maybe_sent,
           "--request-timeout sets how long to wait");
    }
  }

  HttpResponse head_of(const http::http_response& answer) const {
    HttpResponse response;
    response.status = answer.status_code();
    if (answer.headers().content_length() > m_limits.body) fail_too_large();
    for (const auto& [name, value] : answer.headers()) {
      std::string lower = name;
      for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      response.headers[lower] = value;
    }
    if (response.status >= 300 && response.status < 400) {
      fail("redirect",
           "unexpected redirect to " + escape_terminal(response.headers["location"]) +
               "; not followed",
           false, "name the API server itself in the kubeconfig");
    }
    if (response.status < 200) {
      fail("unreachable", "answered with the interim status " + std::to_string(response.status),
           true);
    }
    return response;
  }

  std::string body_of(const http::http_response& answer, Deadline deadline) {
    std::string body;
    for (;;) {
      concurrency::streams::container_buffer<std::string> buffer;
      Pending<std::size_t> step(answer.body().read(buffer, k_chunk));
      const std::size_t count = await(step, deadline, false);
      if (count == 0) return body;
      body.append(buffer.collection(), 0, count);  // it has room for a whole chunk
    }
  }

  /// The library gives a connection back a moment after the answer's end: a next request that came
  /// sooner would open another, with a handshake of its own. When only we hold the cap, the request
  /// is gone, and its connection free.
  static void await_release(const std::shared_ptr<Cap>& cap) {
    const Deadline soon = Deadline::in(milliseconds(10));
    while (cap.use_count() > 1 && !soon.passed()) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  [[noreturn]] void fail_too_large() const {
    fail("too-large", "the answer is larger than " + std::to_string(m_limits.body >> 20U) + " MiB",
         true);
  }

  [[noreturn]] void explain(const std::string& words) const {
    const auto* row =
        std::find_if(k_errors.begin(), k_errors.end(), [&](const ErrorRow& candidate) {
          return words.find(candidate.words) != std::string::npos;
        });
    const std::string alert = m_identity->alert();
    if (!alert.empty()) {
      fail("tls", "the server ended TLS: " + alert, false,
           "it may want a client certificate, or not accept this one: log in again");
    }
    const std::string refusal = m_identity->refusal();
    if (std::string(row->code) == "tls" && !refusal.empty()) {
      fail("tls", "the server's certificate is refused: " + escape_terminal(refusal), false,
           "compare certificate-authority and tls-server-name in the kubeconfig with the server");
    }
    const bool before_tls = std::string(row->code) == "tls" && !m_identity->reached();
    fail(row->code, std::string(row->meaning) + (before_tls ? " before a certificate came" : ""),
         row->maybe_sent);
  }

  const Access m_access;
  const TransportLimits m_limits;
  const std::shared_ptr<TlsIdentity> m_identity;
  std::mutex m_mutex;
  std::shared_ptr<HttpClient> m_client;
  std::string m_client_certificate;
  std::atomic<bool> m_answered{false};
};

}  // namespace

std::unique_ptr<Transport> make_transport(const Access& access, const TransportLimits& limits) {
  return std::make_unique<CppRestTransport>(access, limits);
}

void prepare_transport() {
  // The library would parse the system's whole bundle for every connection, only for us to throw it
  // away.
  hide_trust_environment();
  // And it would start 40 threads. Ours wait for it, so that one suffices; and with one, nothing
  // of a connection happens at the same time as anything else of it.
  crossplat::threadpool::initialize_with_threads(1);
  // A request that we have left may still run in them, or hang in the resolver: at the end of the
  // process nobody waits for it, and nothing that it stands on is taken away under it. What was set
  // up before this line is cleaned up after it, that is: never.
  OPENSSL_init_ssl(0, nullptr);
  ::on_exit(
      [](int status, void*) {
        std::fflush(nullptr);
        ::_exit(status);
      },
      nullptr);
}

}  // namespace mesh
