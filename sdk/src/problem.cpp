#include "mesh/problem.hpp"

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
  return document;
}

Problem problem_from_json(const Json& document) {
  Problem problem;
  if (document.is_object()) {
    problem = {.code = text_or_none(document, "code"),
               .message = text_or_none(document, "message"),
               .hint = text_or_none(document, "hint"),
               .cluster = text_or_none(document, "cluster"),
               .object = text_or_none(document, "object"),
               .retryable = document.contains("retryable") && document["retryable"] == true};
  }
  if (problem.code.empty() || problem.message.empty()) {
    problem.code = "plugin-fault";
    problem.message = "failed without saying why";
  }
  return problem;
}

}  // namespace mesh
