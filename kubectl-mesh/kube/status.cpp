#include "kube/status.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace mesh {

namespace {

struct StatusRow {
  int status;
  const char* code;
  const char* hint;
};
constexpr std::array<StatusRow, 9> k_rows{{
    {400, "rejected", ""},
    {401, "unauthorized", "log in again; kubectl --context CONTEXT get ns shows the same"},
    {403, "forbidden", "ask for that right; kubectl auth can-i --list shows what you have"},
    {404, "missing", "the kind may not be installed: look at kubectl api-resources"},
    {405, "rejected", ""},
    {409, "precondition", "run the same command again"},
    {413, "rejected", ""},
    {422, "rejected", ""},
    {429, "throttled", "the API server is overloaded; try again later"},
}};

/// A 403 that no right would help against: what was asked for is not wanted, or not now.
struct DenialRow {
  const char* words;
  const char* hint;
};
constexpr std::array<DenialRow, 6> k_denials{{
    {"is being terminated", "wait until the namespace is gone, then run the same command again"},
    {"exceeded quota", "ask for more quota, or free some"},
    {"admission webhook", "the webhook's owner knows what it wants"},
    {"ValidatingAdmissionPolicy", "the policy's owner knows what it wants"},
    {"violates PodSecurity", "the namespace's pod-security labels forbid it"},
    {"LimitRange", "the namespace's LimitRange forbids it"},
}};

const Json* member(const Json& value, const char* name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? nullptr : &*found;
}

std::string text_of(const Json& value, const char* name) {
  const Json* found = member(value, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

/// The server's own words, cut to a line's length; never HTML.
std::string words_of(const HttpResponse& response, Json& status) {
  try {
    status = parse_json(response.body, "the answer");
  } catch (const Failure&) {
    const std::string text = response.body.substr(0, response.body.find_first_of("\r\n"));
    return text.find('<') == std::string::npos ? escape_terminal(text.substr(0, 300)) : "";
  }
  return escape_terminal(text_of(status, "message").substr(0, 1000));
}

/// `conflict with "other" using v1` names the manager only in prose.
std::string manager_in(const std::string& message) {
  const std::size_t open = message.find('"');
  const std::size_t close = open == std::string::npos ? open : message.find('"', open + 1);
  if (close == std::string::npos) return message;
  return message.substr(open + 1, close - open - 1);
}

std::vector<FieldConflict> conflicts_of(const Json& status) {
  std::vector<FieldConflict> conflicts;
  const Json* details = member(status, "details");
  const Json* causes = details == nullptr ? nullptr : member(*details, "causes");
  if (causes == nullptr || !causes->is_array()) return conflicts;
  for (const Json& cause : *causes) {
    if (text_of(cause, "reason") != "FieldManagerConflict") continue;
    conflicts.push_back({escape_terminal(manager_in(text_of(cause, "message"))),
                         escape_terminal(text_of(cause, "field"))});
  }
  return conflicts;
}

void explain_denial(Problem& problem, const std::string& words) {
  const auto* row = std::find_if(k_denials.begin(), k_denials.end(), [&](const DenialRow& denial) {
    return words.find(denial.words) != std::string::npos;
  });
  if (row == k_denials.end()) return;
  problem.code = "rejected";
  problem.hint = row->hint;
}

}  // namespace

bool is_webhook_down(const HttpResponse& response) {
  // pkg/admission/plugin/webhook/errors of apiserver; there is no reason or cause to go by.
  return response.status == 500 &&
         response.body.find("failed calling webhook") != std::string::npos;
}

void throw_status(const HttpResponse& response, const std::string& cluster,
                  const std::string& doing, const std::string& object) {
  Json status;
  const std::string words = words_of(response, status);
  const auto* row = std::find_if(k_rows.begin(), k_rows.end(), [&](const StatusRow& candidate) {
    return candidate.status == response.status;
  });
  Problem problem;
  problem.code = row == k_rows.end() ? "server-error" : row->code;
  problem.message = cluster + ": cannot " + doing + ": " +
                    (words.empty() ? "HTTP status " + std::to_string(response.status) : words);
  problem.hint = row == k_rows.end() ? "" : row->hint;
  problem.cluster = cluster;
  problem.object = object;
  problem.retryable = response.status == 429 || response.status >= 500;
  if (response.status == 403) explain_denial(problem, words);
  if (is_webhook_down(response)) {
    problem.code = "rejected";
    problem.hint = "the admission webhook does not answer: look at the pods behind its Service";
    problem.retryable = false;
  }
  std::vector<FieldConflict> conflicts = conflicts_of(status);
  if (!conflicts.empty()) {
    problem.code = "conflict";
    throw ConflictFailure(std::move(problem), std::move(conflicts));
  }
  throw Failure(std::move(problem));
}

}  // namespace mesh
