#include "kube/request_log.hpp"

#include "base/text.hpp"
#include "kube/mask.hpp"

namespace mesh {

namespace {

int g_verbosity = 0;
std::function<void(const std::string&)> g_sink;

bool is_about_secrets(const std::string& target) {
  const std::string path = target.substr(0, target.find('?'));
  return path.find("/secrets/") != std::string::npos || path.ends_with("/secrets");
}

/// The lines that a container wrote may hold anything, even a line that is JSON.
bool is_container_log(const std::string& target) {
  return target.substr(0, target.find('?')).ends_with("/log");
}

std::string body_line(const std::string& what, const std::string& body, bool secret) {
  if (body.empty()) return "";
  try {
    Json document = parse_json(body, "body");
    mask(document, secret);
    return what + " Body: " + escape_terminal(to_text(document));
  } catch (const Failure&) {
    return what + " Body: <" + std::to_string(body.size()) + " bytes that are not JSON>";
  }
}

}  // namespace

void set_request_log(int verbosity, std::function<void(const std::string&)> sink) {
  g_verbosity = verbosity;
  g_sink = std::move(sink);
}

void log_request(const std::string& server, const HttpRequest& request, int status,
                 const std::string& body, std::chrono::milliseconds took) {
  if (g_verbosity < 6 || !g_sink) return;
  g_sink(request.method + " " + server + request.target + " " +
         (status == 0 ? "no answer" : std::to_string(status)) + " in " +
         std::to_string(took.count()) + " milliseconds");
  if (g_verbosity < 8) return;
  const bool secret = is_about_secrets(request.target);
  const std::string answer =
      is_container_log(request.target)
          ? "Response Body: <" + std::to_string(body.size()) + " bytes of a container's log>"
          : body_line("Response", body, secret);
  for (const std::string& line : {body_line("Request", request.body, secret), answer}) {
    if (!line.empty()) g_sink(line);
  }
}

void log_wait(const std::string& cluster, std::chrono::milliseconds span, const std::string& why) {
  if (!g_sink || (span < std::chrono::seconds(1) && g_verbosity < 6)) return;
  g_sink(cluster + ": " + why + "; trying again in " + std::to_string(span.count()) + " ms");
}

}  // namespace mesh
