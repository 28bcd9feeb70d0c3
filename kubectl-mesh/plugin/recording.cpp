#include "plugin/recording.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

#include "base/files.hpp"
#include "kube/mask.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// What these answer is the operator's own: passwords, kept keys, what programs say.
constexpr std::array<std::string_view, 4> k_private{"operator/1", "program/1", "random/1",
                                                    "store/1"};
constexpr std::string_view k_private_request = "program/1";

bool names_secret(const Json& value) {
  if (!value.is_structured()) return value == "Secret" || value == "SecretList";
  return std::any_of(value.begin(), value.end(), names_secret);
}

void make_safe(Json& exchange) {
  const std::string to = exchange.at("to");
  const bool secret = names_secret(exchange);
  if (std::find(k_private.begin(), k_private.end(), to) != k_private.end() &&
      exchange.contains("reply")) {
    mask_all(exchange["reply"]);
  }
  if (to == k_private_request) mask_all(exchange["request"]);
  mask(exchange, secret);
}

void append(const std::string& path, Json exchange) {
  static std::mutex mutex;
  make_safe(exchange);
  const std::string line = without_secret_values(to_text(exchange)) + "\n";
  const std::scoped_lock lock(mutex);
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const int error = file < 0 ? errno : write_all(file, line);
  if (file >= 0) ::close(file);
  if (error == 0) return;
  throw Failure("invalid-input", path + " cannot be written to: " + std::strerror(error),
                "KUBECTL_MESH_RECORD names the file to record to");
}

}  // namespace

ServiceCall recorded(std::string by, ServiceCall call) {
  const char* path = ::secure_getenv("KUBECTL_MESH_RECORD");
  if (path == nullptr || *path == '\0') return call;
  return [by = std::move(by), path = std::string(path), call = std::move(call)](
             std::string_view service, std::string_view verb, const Json& request) {
    Json exchange{{"by", by}, {"to", service}, {"verb", verb}, {"request", request}};
    try {
      exchange["reply"] = call(service, verb, request);
    } catch (const Failure& failure) {
      exchange["problem"] = to_json(failure.problem());
      append(path, exchange);
      throw;
    }
    append(path, exchange);
    return exchange.at("reply");
  };
}

}  // namespace mesh
