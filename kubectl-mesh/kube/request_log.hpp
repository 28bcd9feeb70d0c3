#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "kube/transport.hpp"

namespace mesh {

/// -v 6 and above: one line per request as kubectl writes it (method, URL, status, time); -v 8 and
/// above: bodies too, with everything secret masked. Headers are never logged. Set once, before the
/// first request.
void set_request_log(int verbosity, std::function<void(const std::string&)> sink);

void log_request(const std::string& server, const HttpRequest& request, int status,
                 const std::string& body, std::chrono::milliseconds took);
/// For waits that an operator would wonder about.
void log_wait(const std::string& cluster, std::chrono::milliseconds span, const std::string& why);

}  // namespace mesh
