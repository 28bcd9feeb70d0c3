#include "plugin/exchange.hpp"

#include "mesh/problem.hpp"

namespace mesh {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

constexpr const char* k_blame = "report it to the plugin's author";

std::int64_t now_millis() {
  const auto since = system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since).count();
}

[[noreturn]] void gave_up(const Asked& asked, Deadline deadline) {
  if (stop_requested()) throw Failure("cancelled", asked.what + " was interrupted");
  if (deadline.left() <= k_rounding) {
    throw Failure("deadline", asked.what + " did not finish by the deadline",
                  "give it more time with --timeout");
  }
  throw plugin_fault(asked, "gave up although nobody had asked it to");
}

[[noreturn]] void failed(const Asked& asked, const std::string& text) {
  if (text.empty()) throw plugin_fault(asked, "failed without saying why");
  Problem problem;
  try {
    problem = problem_from_json(parse_json(text, "its problem"));
  } catch (const Failure& failure) {
    throw plugin_fault(asked, "failed, and " + failure.problem().message);
  }
  if (problem.code == "plugin-fault") throw plugin_fault(asked, "failed: " + problem.message);
  throw Failure(std::move(problem));
}

/// A plan grows with the clusters it is for: who has too many can go on in parts.
[[noreturn]] void too_large(const Asked& asked) {
  Problem problem =
      plugin_fault(asked, "answered more than " + std::to_string(MESH_DOCUMENT_MAX >> 20U) + " MiB")
          .problem();
  problem.hint = "ask it about fewer clusters at a time, with --contexts";
  throw Failure(std::move(problem));
}

Json document_of(const Asked& asked, const std::string& text) {
  try {
    return parse_json(text, "its answer");
  } catch (const Failure& failure) {
    throw plugin_fault(asked, "answered what cannot be read: " + failure.problem().message);
  }
}

Reply answer_of(const ServiceCall& services, std::string_view service, std::string_view verb,
                std::string_view request) {
  const std::string what = std::string(service) + " " + std::string(verb);
  std::string text =
      to_text(services(service, verb, parse_json(request, "the request of " + what)));
  if (text.size() > MESH_DOCUMENT_MAX) return {MESH_TOO_LARGE, {}};
  return {MESH_OK, std::move(text)};
}

}  // namespace

Asked asked_of(const Manifest& manifest, std::string_view address, std::string_view verb) {
  return {manifest.name + " " + manifest.version, std::string(address) + " " + std::string(verb)};
}

Failure plugin_fault(const Asked& asked, const std::string& did) {
  return {"plugin-fault",
          "plugin " + asked.plugin + " " + did + " in " + asked.what + "; its step was not applied",
          k_blame};
}

Reply problem_reply(const Problem& problem) {
  return {MESH_FAILED, to_text(to_json(problem))};
}

Reply serve_call(const ServiceCall& services, Deadline deadline, std::string_view service,
                 std::string_view verb, std::string_view request) {
  if (stop_requested() || deadline.passed()) return {MESH_CANCELLED, {}};
  try {
    return answer_of(services, service, verb, request);
  } catch (const Failure& failure) {
    // What another plugin does not offer is that plugin's, and is said so.
    const bool no_service = failure.problem().plugin.empty();
    if (failure.problem().code == "unsupported" && no_service) return {MESH_UNSUPPORTED, {}};
    return problem_reply(failure.problem());
  } catch (const std::exception& error) {
    Problem problem;
    problem.code = "internal";
    problem.message = std::string(service) + " failed by a bug of ours: " + error.what();
    return problem_reply(problem);
  }
}

Json read_answer(const Asked& asked, const Reply& reply, Deadline deadline) {
  switch (reply.code) {
    case MESH_OK:
      return document_of(asked, reply.text);
    case MESH_UNSUPPORTED:
      throw Failure("unsupported", "plugin " + asked.plugin + " does not offer " + asked.what);
    case MESH_TOO_LARGE:
      too_large(asked);
    case MESH_CANCELLED:
      gave_up(asked, deadline);
    default:
      failed(asked, reply.text);
  }
}

std::uint64_t to_unix_millis(Deadline deadline) {
  if (deadline.at() == SteadyTime::max()) return 0;
  return static_cast<std::uint64_t>(now_millis() + deadline.left().count());
}

Deadline from_unix_millis(std::uint64_t millis) {
  if (millis == 0) return Deadline::never();
  const std::int64_t left = static_cast<std::int64_t>(millis) - now_millis();
  return Deadline::in(milliseconds(std::max<std::int64_t>(left, 0)));
}

}  // namespace mesh
