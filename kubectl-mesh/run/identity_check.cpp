#include "run/identity_check.hpp"

#include "run/clocks.hpp"
#include "run/refusal.hpp"

namespace mesh {

IdentityCheck::IdentityCheck(Session& session) : m_session(session) {
  if (session.fleet().names().size() < 2 && !session.knows_uids()) return;
  m_identities =
      std::async(std::launch::async, [&fleet = session.fleet()] { return identify(fleet); });
}

void IdentityCheck::require() {
  if (!m_identities.valid()) return;
  const Identities identities = m_identities.get();
  std::vector<Problem> problems = same_cluster_problems(identities);
  const std::vector<Problem> others = m_session.other_clusters(identities);
  problems.insert(problems.end(), others.begin(), others.end());
  if (!problems.empty()) throw Refusal(std::move(problems));
}

Identities identify_all(Session& session) {
  session.progress("", "asking who the clusters are");
  Identities identities = identify(session.fleet());
  const std::vector<Problem> same = same_cluster_problems(identities);
  identities.problems.insert(identities.problems.end(), same.begin(), same.end());
  const std::vector<Problem> others = session.other_clusters(identities);
  identities.problems.insert(identities.problems.end(), others.begin(), others.end());
  warn_of_clocks(session);
  return identities;
}

}  // namespace mesh
