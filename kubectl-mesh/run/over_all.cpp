#include <algorithm>

#include "run/stages.hpp"
#include "run/verbs.hpp"

#include "base/text.hpp"
#include "mesh/counted.hpp"

// The verbs over all concerns: each a list of stages for carry_out.

namespace mesh {

namespace {

std::string title_of(const char* what, const Session& session) {
  return std::string(what) + " " + session.mesh().id + ": " +
         counted(session.mesh().members.size(), "cluster");
}

void require_concerns(const std::vector<Stage>& stages) {
  if (!stages.empty()) return;
  throw Failure("invalid-input", "no installed plugin takes part in this",
                "see what is installed with `plugin list`");
}

/// `down --cluster X`: the rest lets go of X first, so that nothing is sent there any more; then X
/// becomes as it was.
std::vector<Stage> stages_of_leaving(Session& session, const std::string& leaving) {
  std::vector<std::string> rest = session.fleet().names();
  const auto found = std::find(rest.begin(), rest.end(), leaving);
  if (found == rest.end()) {
    const std::string near = nearest(leaving, rest);
    throw Failure("usage", "--cluster " + leaving + ": is not one of the clusters of this run",
                  near.empty() ? "clusters are named by their contexts: " + join(rest, ", ")
                               : "did you mean " + near + "?");
  }
  rest.erase(found);
  if (rest.empty()) {
    throw Failure("usage", "--cluster " + leaving + ": no other cluster would remain",
                  "take the whole mesh down, without --cluster");
  }
  MeshView remaining = session.mesh();
  std::erase_if(remaining.members, [&](const Member& member) { return member.context == leaving; });
  std::vector<Stage> stages = stages_over(session, Direction::up, rest, remaining);
  std::vector<Stage> last = stages_over(session, Direction::down, {leaving}, session.mesh());
  stages.insert(stages.end(), last.begin(), last.end());
  return stages;
}

}  // namespace

int run_up(const Invocation& invocation, const Catalogue& catalogue) {
  Session session(invocation, catalogue);
  const std::vector<Stage> stages =
      stages_over(session, Direction::up, session.fleet().names(), session.mesh());
  require_concerns(stages);
  return carry_out(stages, title_of("Mesh", session), identify_all(session), session);
}

/// `plan` is `up` that ends with what it would do, and with the exit status of a diff.
int run_plan(const Invocation& invocation, const Catalogue& catalogue) {
  Invocation looking = invocation;
  looking.diff = true;
  return run_up(looking, catalogue);
}

int run_down(const Invocation& invocation, const Catalogue& catalogue) {
  Invocation addressed = invocation;
  addressed.access.cluster.clear();  // kubectl's flag of that name means something else
  const std::string leaving = invocation.access.cluster;
  Session session(addressed, catalogue);
  const std::vector<Stage> stages =
      leaving.empty()
          ? stages_over(session, Direction::down, session.fleet().names(), session.mesh())
          : stages_of_leaving(session, leaving);
  require_concerns(stages);
  return carry_out(stages, title_of("Take down mesh", session), identify_all(session), session);
}

}  // namespace mesh
