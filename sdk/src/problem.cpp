#include "mesh/problem.hpp"

#include <algorithm>

namespace mesh {

namespace {

std::string text_or_none(const Json& document, const char* name) {
  const auto field = document.find(name);
  return field != document.end() && field->is_string() ? field->get<std::string>() : std::string();
}

}  // namespace

Json to_json(const Problem& problem) {
  Json document{{"code", problem.code}, {"message", problem.message}};
  if (!problem.hint.empty()) document["hint"] = problem.hint;
  if (!problem.cluster.empty()) document["cluster"] = problem.cluster;
  if (!problem.object.empty()) document["object"] = problem.object;
  if (problem.retryable) document["retryable"] = true;
  if (!problem.plugin.empty()) document["plugin"] = problem.plugin;
  return document;
}

bool is_problem_code(std::string_view code) {
  return std::any_of(k_problem_codes.begin(), k_problem_codes.end(),
                     [&](const ProblemCode& known) { return known.word == code; });
}

std::string message_of(const Problem& problem) {
  const bool named =
      problem.plugin.empty() || problem.message.find(problem.plugin) != std::string::npos;
  return named ? problem.message : "plugin " + problem.plugin + ": " + problem.message;
}

Problem problem_from_json(const Json& document) {
  Problem problem;
  if (document.is_object()) {
    problem = {.code = text_or_none(document, "code"),
               .message = text_or_none(document, "message"),
               .hint = text_or_none(document, "hint"),
               .cluster = text_or_none(document, "cluster"),
               .object = text_or_none(document, "object"),
               .retryable = document.contains("retryable") && document["retryable"] == true,
               .plugin = text_or_none(document, "plugin")};
  }
  if (problem.code.empty() || problem.message.empty()) {
    problem.code = "plugin-fault";
    problem.message = "failed without saying why";
  }
  return problem;
}

}  // namespace mesh
