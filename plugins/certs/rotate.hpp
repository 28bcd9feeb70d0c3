#pragma once

#include "rotation.hpp"
#include "verbs.hpp"

namespace mesh::certs {

// The writes of a rotation, for whoever takes one step and for whoever takes them all.

struct Authority {
  std::string name;
  CaRequest request;
  CaClient client;
  CaRoots roots;
};
/// Throws Failure("refused") if it has no root.
Authority authority_of(const CommandRequest& request, const Host& host);

/// Throws Failure("refused") while a rotation of the root has not come to its end.
void require_no_rotation(const Authority& authority);

/// How a move is said and done.
struct MoveRow {
  Move move;
  const char* title;   ///< "step 1 of 3: trust the old and the new root"
  const char* reason;  ///< of each Secret's change
  const char* then;    ///< what the restarts behind it are for
  const char* next;    ///< the verb to type afterwards
  const char* when;
  bool last;  ///< the rotation ends with it
};
const MoveRow& row_of(Move move);

/// What is written, and what proxies must hold when it has arrived.
void add_move(Plan& plan, const CommandRequest& request, const Authority& authority,
              const std::vector<ClusterFacts>& all, const RotationStep& step, Time now);
/// `some`: the clusters that get one.
void add_intermediates(Plan& plan, const CommandRequest& request, const Authority& authority,
                       const std::vector<ClusterFacts>& some, Time now);

/// All steps, with restarts and proofs between them.
Plan rotate_root_whole(const CommandRequest& request, const Host& host);
Plan rotate_intermediates_whole(const CommandRequest& request, const Host& host);
Plan abort_rotation(const CommandRequest& request, const Host& host);

}  // namespace mesh::certs
