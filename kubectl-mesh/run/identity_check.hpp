#pragma once

#include <future>

#include "run/session.hpp"

namespace mesh {

/// Asks who the clusters of a reading verb are, while the verb reads: two contexts of one cluster
/// would show it as two, and a context that leads elsewhere would show a stranger's cluster as one
/// of the mesh. Changing verbs refuse the same by identify_all(). A cluster that does not answer is
/// no reason to show nothing: the verb itself says so.
class IdentityCheck {
 public:
  explicit IdentityCheck(Session& session);
  /// Waits for the answers. Throws Refusal with what a changing verb would refuse.
  void require();

 private:
  Session& m_session;
  std::future<Identities> m_identities;  ///< invalid: nothing can be confused
};

/// Asks who the clusters are. Its problems are also two contexts that mean the same one, and one
/// that is another than mesh.yaml means: with any of them nothing may be planned, let alone
/// written.
Identities identify_all(Session& session);

}  // namespace mesh
