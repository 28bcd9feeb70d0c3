#pragma once

#include <exception>
#include <string>
#include <utility>

#include "mesh/json.hpp"
#include "mesh/problem_codes.hpp"

namespace mesh {

/// What went wrong, told once and the same way everywhere: sdk/schemas/problem.json.
/// `code` is a stable word that a script can match, one of mesh/problem_codes.hpp. Texts never hold
/// a secret.
struct Problem {
  std::string code;     ///< "conflict", "unreachable", "invalid-input", ...
  std::string message;  ///< one sentence: what failed, where, why
  std::string hint;     ///< what to do or type next; may be empty
  std::string cluster;  ///< the context's name, if one cluster is meant
  std::string object;   ///< "Secret istio-system/cacerts", if one object is meant
  bool retryable = false;
  std::string plugin{};  ///< set by the host alone: the plugin that failed, or that answered this
};

Json to_json(const Problem& problem);

/// The message with the name of the plugin that failed, where the message does not have it.
std::string message_of(const Problem& problem);

bool is_problem_code(std::string_view code);

/// Reads a Problem out of any JSON value; a value that is none becomes a "plugin-fault".
Problem problem_from_json(const Json& document);

/// A Problem on its way up. Thrown inside a module only; it never crosses the C ABI.
class Failure : public std::exception {
 public:
  explicit Failure(Problem problem) : m_problem(std::move(problem)) {}
  Failure(std::string code, std::string message, std::string hint = {})
      : m_problem{.code = std::move(code),
                  .message = std::move(message),
                  .hint = std::move(hint),
                  .cluster = {},
                  .object = {}} {}

  const Problem& problem() const { return m_problem; }
  const char* what() const noexcept override { return m_problem.message.c_str(); }

 private:
  Problem m_problem;
};

}  // namespace mesh
