#pragma once

#include <string>
#include <vector>

#include "kube/transport.hpp"
#include "mesh/problem.hpp"

namespace mesh {

/// Who else holds a field that we wanted.
struct FieldConflict {
  std::string manager;
  std::string field;  ///< as the server writes it: .data.ca-key.pem
};

/// 409 of a server-side apply.
class ConflictFailure : public Failure {
 public:
  ConflictFailure(Problem problem, std::vector<FieldConflict> conflicts)
      : Failure(std::move(problem)), m_conflicts(std::move(conflicts)) {}
  const std::vector<FieldConflict>& conflicts() const { return m_conflicts; }

 private:
  std::vector<FieldConflict> m_conflicts;
};

/// Whether the server failed because an admission webhook did not answer: nothing was written.
bool is_webhook_down(const HttpResponse& response);

/// Throws what an answer of 400 or more means. Bodies may be a Status, text or HTML: nothing about
/// them is relied on. `doing` reads "apply Secret istio-system/cacerts".
[[noreturn]] void throw_status(const HttpResponse& response, const std::string& cluster,
                               const std::string& doing, const std::string& object);

}  // namespace mesh
