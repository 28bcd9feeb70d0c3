#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.hpp"
#include "cluster/access.hpp"
#include "mesh/problem.hpp"

namespace mesh {

struct HttpRequest {
  std::string method;  ///< GET, POST, PUT, PATCH, DELETE
  std::string target;  ///< "/api/v1/...?..."; percent-encoded
  std::string content_type;
  std::string body;
  std::string accept = "application/json";
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

/// How long each step may take; the whole also obeys the Deadline of the call.
struct TransportLimits {
  Deadline run = Deadline::never();  ///< of the whole run: --timeout
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds request{70'000};  ///< beyond the server's own 60 s
  std::size_t body{std::size_t{64} << 20U};   ///< bytes after decompression
};

/// A Failure of the transport. `maybe_sent`: the request may have reached the server, so a write
/// may have happened and must be read back before it is repeated.
class TransportFailure : public Failure {
 public:
  TransportFailure(Problem problem, bool maybe_sent)
      : Failure(std::move(problem)), m_maybe_sent(maybe_sent) {}
  bool maybe_sent() const { return m_maybe_sent; }

 private:
  bool m_maybe_sent;
};

/// HTTP to one API server: keep-alive, one connection where one suffices. Thread-safe. It neither
/// retries nor judges statuses; that is kube/retry.hpp. Errors are TransportFailures with the codes
/// "unreachable", "tls", "redirect", "deadline", "cancelled", "credential", "too-large".
class Transport {
 public:
  virtual ~Transport() = default;
  virtual HttpResponse send(const HttpRequest& request, Deadline deadline) = 0;
};

std::unique_ptr<Transport> make_transport(const Access& access, const TransportLimits& limits);

/// Once per process, before the first transport and before threads.
void prepare_transport();

}  // namespace mesh
