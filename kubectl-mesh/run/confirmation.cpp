#include "run/confirmation.hpp"

#include <algorithm>

#include "cli/confirm.hpp"
#include "cli/steps.hpp"
#include "mesh/counted.hpp"

namespace mesh {

namespace {

/// "create Secret istio-system/cacerts (game-gke)"
std::string told(const Step& step) {
  const std::string place = step.action.cluster.empty() ? "" : " (" + step.action.cluster + ")";
  return std::string(words_of(step).todo) + " " + subject_of(step) + place;
}

/// One --accept for each thing, in the order of the plan.
std::string flags_for(const std::vector<Step>& steps) {
  std::string flags;
  for (const Step& step : steps) {
    const std::string flag = " --accept \"" + acceptance_of(step) + "\"";
    if (flags.find(flag) == std::string::npos) flags += flag;
  }
  return flags;
}

}  // namespace

void confirm_plan(Session& session, const Identities& identities) {
  std::string places;
  for (const std::string& cluster : session.fleet().names()) {
    const auto identity = identities.known.find(cluster);
    places += "  " + cluster + "  " + session.fleet().access(cluster).endpoint.server;
    if (identity != identities.known.end()) places += "  UID " + identity->second.uid;
    places += "\n";
  }
  tell(places);
  if (!confirm("Apply this to " + counted(session.fleet().names().size(), "cluster") + "?"))
    throw Failure("declined", "not confirmed; nothing was written");
}

void confirm_more(Session& session, const std::string& concern, const std::vector<Step>& more,
                  const std::string& text) {
  session.quiet();
  if (!session.invocation().yes && can_ask()) {
    print(text);
    if (confirm("This goes beyond what was announced. Apply it, too?")) return;
    throw Failure("declined", concern + ": the rest was not confirmed; nothing of it was written",
                  "the same command shows it again");
  }
  std::string deeds;
  for (const Step& step : more) deeds += (deeds.empty() ? "" : ", ") + told(step);
  throw Failure(
      "refused",
      concern + " goes on with what it has not announced: " + deeds + "; nothing of it was written",
      "the same command shows it first; to allow it unseen, add" + flags_for(more));
}

}  // namespace mesh
