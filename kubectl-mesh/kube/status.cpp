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

/// The server's own words, cut to a line's length; never HTML.
std::string words_of(const HttpResponse& response, Json& status) {
  try {
    status = parse_json(response.body, "the answer");
  } catch (const Failure&) {
    const std::string text = response.body.substr(0, response.body.find('\n'));
    return text.find('<') == std::string::npos ? escape_terminal(text.substr(0, 300)) : "";
  }
  if (!status.is_object() || !status.value("message", Json()).is_string()) return "";
  return escape_terminal(status["message"].get<std::string>().substr(0, 1000));
}

/// `conflict with "other" using v1` names the manager only in prose.
std::string manager_in(const std::string& message) {
  const std::size_t open = message.find('"');
  const std::size_t close = message.find('"', open + 1);
  if (open == std::string::npos || close == std::string::npos) return message;
  return message.substr(open + 1, close - open - 1);
}

std::vector<FieldConflict> conflicts_of(const Json& status) {
  std::vector<FieldConflict> conflicts;
  const Json causes = status.is_object()
                          ? status.value(Json::json_pointer("/details/causes"), Json::array())
                          : Json::array();
  const auto text = [](const Json& cause, const char* field) {
    const Json value = cause.is_object() ? cause.value(field, Json()) : Json();
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  for (const Json& cause : causes) {
    if (text(cause, "reason") != "FieldManagerConflict") continue;
    conflicts.push_back({escape_terminal(manager_in(text(cause, "message"))),
                         escape_terminal(text(cause, "field"))});
  }
  return conflicts;
}

}  // namespace

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
  std::vector<FieldConflict> conflicts = conflicts_of(status);
  if (!conflicts.empty()) {
    problem.code = "conflict";
    throw ConflictFailure(std::move(problem), std::move(conflicts));
  }
  throw Failure(std::move(problem));
}

}  // namespace mesh
