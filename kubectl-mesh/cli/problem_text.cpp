#include "cli/problem_text.hpp"

#include "base/text.hpp"
#include "cli/document_text.hpp"
#include "mesh/documents.hpp"

namespace mesh {

namespace {

std::string prefix(const std::string& name, const std::string& message) {
  return name.empty() || message.find(name) != std::string::npos ? "" : name + ": ";
}

/// Further lines of a text stand below its first.
std::string indented(const std::string& text) {
  return join(split(escape_terminal(text, true), '\n'), "\n  ");
}

}  // namespace

std::string problem_text(const Problem& problem) {
  const std::string message = message_of(problem);
  std::string text = "error: " + indented(prefix(problem.cluster, message) +
                                          prefix(problem.object, message) + message);
  if (!problem.hint.empty()) text += "\n  " + indented(problem.hint);
  return text + "\n";
}

std::string problems_text(const std::vector<Problem>& problems, OutputFormat format) {
  if (is_document(format)) {
    Json document{
        {"apiVersion", k_document_version}, {"kind", "Error"}, {"problems", Json::array()}};
    for (const Problem& problem : problems) document["problems"].push_back(to_json(problem));
    return document_text(document, format);
  }
  std::string text;
  for (const Problem& problem : problems) text += problem_text(problem);
  return text;
}

}  // namespace mesh
