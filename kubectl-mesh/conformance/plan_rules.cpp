#include <algorithm>

#include "conformance/round_trip.hpp"

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/kept_files.hpp"
#include "plugin/needs.hpp"
#include "plugin/secret_places.hpp"

// What every plan and every reading has to keep to, whichever point it is for.

namespace mesh::conformance {

namespace {

/// The first objection to an action of a plan; a reply of another kind has none.
Verdict each_action(const Subject& subject,
                    const std::function<std::string(const Ask&, const Json& action)>& judge) {
  return each_ask(subject, {}, [&](Candidate& candidate, const Ask& ask) {
    return each_part(candidate, ask, [&](const Json& plan, int) -> std::string {
      for (const Json& action : lookup::list(plan, "/actions")) {
        const std::string objection = judge(ask, action);
        if (!objection.empty()) return lookup::text(action, "/type") + ": " + objection;
      }
      return {};
    });
  });
}

Verdict plans_within_needs(const Subject& subject) {
  const Needs granted = granted_to(subject);
  return each_action(subject, [&](const Ask&, const Json& action) -> std::string {
    try {
      require_within({{"actions", {action}}}, granted, name_of(subject));
      return {};
    } catch (const Failure& failure) {
      return failure.problem().message;
    }
  });
}

Verdict places_secrets(const Subject& subject) {
  return each_action(subject, [&](const Ask& ask, const Json& action) -> std::string {
    try {
      require_secret_places({{"actions", {action}}},
                            asked_of(*subject.manifest, ask.address, ask.verb));
      return {};
    } catch (const Failure& failure) {
      return failure.problem().message;
    }
  });
}

Verdict asks_within_needs(const Subject& subject) {
  const Needs granted = granted_to(subject);
  return each_ask(subject, {}, [&](Candidate& candidate, const Ask& ask) -> std::string {
    candidate.answer(ask);
    const Needs& used = candidate.world().used();
    for (const std::string& kind : used.reads) {
      if (!names(granted.reads, kind)) return "it reads " + kind;
    }
    for (const std::string& program : used.programs) {
      if (!names_program(granted, program)) return "it starts " + program;
    }
    for (const std::string& address : candidate.asked()) {
      if (!names_extension(granted, address)) return "it asks " + address;
    }
    if (used.network && !granted.network) return "it asks tls/1";
    return used.pods && !granted.pods ? "it asks pod/1" : "";
  });
}

/// The clusters that a request names to be worked on.
std::vector<std::string> clusters_of(const Json& request) {
  std::vector<std::string> clusters{lookup::text(request, "/cluster"),
                                    lookup::text(request, "/release/cluster")};
  for (const Json& cluster : lookup::list(request, "/clusters")) clusters.push_back(cluster);
  return clusters;
}

Verdict plans_for_its_clusters(const Subject& subject) {
  return each_action(subject, [](const Ask& ask, const Json& action) -> std::string {
    const std::vector<std::string> asked = clusters_of(ask.request);
    const std::string cluster = lookup::text(action, "/cluster");
    const bool named = std::find(asked.begin(), asked.end(), cluster) != asked.end();
    return cluster.empty() || named ? "" : "cluster " + cluster + " is not in the request";
  });
}

Verdict says_why(const Subject& subject) {
  return each_action(subject, [](const Ask&, const Json& action) -> std::string {
    return lookup::text(action, "/reason").empty() ? "it gives no reason" : "";
  });
}

Verdict edits_what_it_saw(const Subject& subject) {
  return each_action(subject, [](const Ask&, const Json& action) -> std::string {
    const bool edits = lookup::text(action, "/type") == "edit";
    return edits && lookup::value(action, "/precondition").empty() ? "it has no precondition" : "";
  });
}

/// What the operator names in a request, the plugin may store to; the host is the judge.
Rights rights_of(const PluginEntry& entry, const Ask& ask) {
  for (const Extension& extension : entry.manifest.provides) {
    NamedPaths named;
    if (address_of(extension) == ask.address)
      return rights_of_operator({entry, extension, ask.verb, ask.request}, named);
  }
  return rights_of_prover(entry);
}

std::string misplaced(Json reply, const Rights& rights) {
  try {
    settle_files(reply, rights, {});
    return {};
  } catch (const Failure& failure) {
    return failure.problem().message;
  }
}

Verdict stores_where_it_may(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    const Rights rights = rights_of(candidate.entry(), ask);
    const Reply reply = candidate.answer(ask);
    if (reply.code != MESH_OK) return {};
    const std::string objection = misplaced(parse_json(reply.text, "its reply"), rights);
    if (!objection.empty()) return objection;
    candidate.renew_world();
    return each_part(candidate, ask,
                     [&](const Json& plan, int) { return misplaced(plan, rights); });
  });
}

}  // namespace

const std::vector<Rule>& plan_rules() {
  static const std::vector<Rule> rules{
      {"plan/writes-within-needs", "its plans touch only what its manifest names",
       "an operator trusted what he was shown; the host refuses the rest",
       "name the kinds in needs.writes and needs.reads, programs in needs.programs",
       plans_within_needs},
      {"plan/reads-within-needs", "it asks the host only for what its manifest names",
       "an operator trusted what he was shown; the host refuses the rest",
       "name kinds in needs.reads, programs in needs.programs, extensions in needs.asks, and set "
       "needs.network or needs.pods",
       asks_within_needs},
      {"plan/its-clusters", "its plans are for the clusters of the request",
       "a cluster that was not addressed must not change",
       "take the clusters of actions from the request", plans_for_its_clusters},
      {"plan/stores",
       "files that it stores go to its own directory, or to one that was named for it",
       "a file of the operator or of another plugin would be overwritten; the host refuses it",
       "leave folder empty, or take it from the request; give each file a name without a path",
       stores_where_it_may},
      {"plan/secrets", "the value of a secret setting is only in data of a Secret or a stored file",
       "other objects and arguments are read by everybody who reads the cluster or its processes",
       "write it into a Secret, and name the Secret where it is used", places_secrets},
      {"plan/reasons", "each action says why", "an operator decides by it", "fill the field reason",
       says_why},
      {"plan/preconditions", "what belongs to somebody else is edited only as it was seen",
       "a change that came between must not be overwritten",
       "put what the patch relies on into precondition: JSON pointer and value", edits_what_it_saw},
  };
  return rules;
}

}  // namespace mesh::conformance
