#include "conformance/round_trip.hpp"

#include "mesh/lookup.hpp"

// exposure/1: what a strategy brings to the clusters, beside what others have there.

namespace mesh::conformance {

namespace {

Verdict each_synced(
    const Subject& subject,
    const std::function<std::string(Candidate&, const Ask&, const Settled&)>& judge) {
  bool planned = false;
  const Verdict verdict =
      each_ask(subject, "exposure/1", [&](Candidate& candidate, const Ask& ask) -> std::string {
        if (ask.verb != "sync") return {};
        const Settled settled = settle(candidate, ask, "sync");
        planned = planned || settled.planned;
        return judge(candidate, ask, settled);
      });
  const bool idle = verdict.severity == Severity::pass && !planned;
  return idle ? skipped("it plans nothing for the fixture's export") : verdict;
}

/// Of what the world held at first: an object that is gone or another one.
std::string touched(Candidate& candidate) {
  for (const auto& [cluster, objects] : candidate.first_world().clusters()) {
    for (const auto& [key, object] : objects) {
      if (candidate.world().object(cluster, key) != object)
        return cluster + ": " + key + " is another than before";
    }
  }
  return {};
}

Verdict sync_comes_to_rest(const Subject& subject) {
  return each_synced(
      subject, [](Candidate&, const Ask&, const Settled& settled) { return settled.objection; });
}

Verdict leaves_others(const Subject& subject) {
  return each_synced(
      subject, [](Candidate& candidate, const Ask&, const Settled&) { return touched(candidate); });
}

Verdict sync_is_taken_back(const Subject& subject) {
  return each_synced(
      subject, [](Candidate& candidate, const Ask& ask, const Settled& settled) -> std::string {
        if (!settled.objection.empty()) return {};
        const Settled removed = settle(candidate, ask, "remove");
        if (!removed.objection.empty()) return removed.objection;
        for (const auto& [cluster, objects] : candidate.first_world().clusters()) {
          const std::size_t now = candidate.world().clusters().at(cluster).size();
          if (now > objects.size()) return "it leaves objects behind in " + cluster;
        }
        return {};
      });
}

Verdict lists_what_it_made(const Subject& subject) {
  return each_synced(
      subject, [](Candidate& candidate, const Ask& ask, const Settled& settled) -> std::string {
        if (!settled.planned || !settled.objection.empty()) return {};
        const Json list = candidate.document(with_verb(ask, "list"));
        return lookup::list(list, "/items").empty() ? "list shows nothing of it" : "";
      });
}

}  // namespace

const std::vector<Rule>& exposure_rules() {
  static const std::vector<Rule> rules{
      {"exposure/rest", "what it planned can be done, and then there is nothing left to plan",
       "a second `up` must write nothing",
       "compare what is there with what is wanted; give preconditions that hold",
       sync_comes_to_rest},
      {"exposure/others", "what belongs to others stays as it is",
       "a mesh must not change services that it was not asked to",
       "write objects of your own, with names and a label of your own", leaves_others},
      {"exposure/take-back", "remove takes away all that sync made",
       "what leads to a cluster that left fails when it is called",
       "find what is yours by its label", sync_is_taken_back},
      {"exposure/list", "list shows what sync made",
       "`serviceentry list` is all that operators see", "answer with a row per cluster and export",
       lists_what_it_made},
  };
  return rules;
}

}  // namespace mesh::conformance
