#include <algorithm>

#include "conformance/round_trip.hpp"

#include "mesh/lookup.hpp"

// dns/1: what a plan does to a cluster's DNS, and whether it can be taken back to the byte.

namespace mesh::conformance {

namespace {

constexpr const char* k_nothing = "it plans nothing for any of the fixture's clusters";

/// Judges a candidate whose plan for one cluster has been carried out.
Verdict each_installed(
    const Subject& subject,
    const std::function<std::string(Candidate&, const Ask&, const Settled&)>& judge) {
  bool planned = false;
  const Verdict verdict =
      each_ask(subject, "dns/1", [&](Candidate& candidate, const Ask& ask) -> std::string {
        if (ask.verb != "plan") return {};
        const Settled settled = settle(candidate, ask, "plan");
        planned = planned || settled.planned;
        return judge(candidate, ask, settled);
      });
  return verdict.severity == Severity::pass && !planned ? skipped(k_nothing) : verdict;
}

Verdict install_comes_to_rest(const Subject& subject) {
  return each_installed(
      subject, [](Candidate&, const Ask&, const Settled& settled) { return settled.objection; });
}

Verdict install_is_taken_back(const Subject& subject) {
  return each_installed(
      subject, [](Candidate& candidate, const Ask& ask, const Settled& settled) -> std::string {
        if (!settled.planned || !settled.objection.empty()) return {};
        const Settled removed = settle(candidate, ask, "remove");
        if (!removed.objection.empty()) return removed.objection;
        const std::string cluster = lookup::text(ask.request, "/cluster");
        const World& untouched = candidate.first_world();
        for (const auto& [key, object] : untouched.clusters().at(cluster)) {
          if (candidate.world().object(cluster, key) != object)
            return key + " is another than before";
        }
        const std::size_t count = candidate.world().clusters().at(cluster).size();
        return count == untouched.clusters().at(cluster).size() ? "" : "it leaves objects behind";
      });
}

/// Whether `after` is `before` with one piece put in.
bool is_insertion(const std::string& before, const std::string& after) {
  if (after.size() < before.size()) return false;
  const auto [head, ignored] = std::mismatch(before.begin(), before.end(), after.begin());
  const auto [tail, also] = std::mismatch(before.rbegin(), before.rend(), after.rbegin());
  return head - before.begin() + (tail - before.rbegin()) >= static_cast<long>(before.size());
}

/// The first place where something that was there is not there any more; empty: all of it is.
std::string lost(const Json& before, const Json& after, const std::string& place) {
  if (before.is_string() && after.is_string()) {
    return is_insertion(before.get<std::string>(), after.get<std::string>()) ? "" : place;
  }
  if (!before.is_object() || !after.is_object()) return before == after ? "" : place;
  for (const auto& entry : before.items()) {
    const std::string where = place + "/" + entry.key();
    if (!after.contains(entry.key())) return where;
    std::string found = lost(entry.value(), after[entry.key()], where);
    if (!found.empty()) return found;
  }
  return {};
}

Verdict leaves_the_rest(const Subject& subject) {
  return each_installed(
      subject, [](Candidate& candidate, const Ask& ask, const Settled&) -> std::string {
        const std::string cluster = lookup::text(ask.request, "/cluster");
        const World& untouched = candidate.first_world();
        for (const auto& [key, object] : untouched.clusters().at(cluster)) {
          const std::string place = lost(object, candidate.world().object(cluster, key), key);
          if (!place.empty()) return "what was at " + place + " is not there any more";
        }
        return {};
      });
}

Verdict sees_its_work(const Subject& subject) {
  return each_installed(
      subject, [](Candidate& candidate, const Ask& ask, const Settled& settled) -> std::string {
        if (!settled.planned || !settled.objection.empty()) return {};
        const Ask look = refreshed(with_verb(ask, "look"), candidate.world());
        const bool after = candidate.document(look).value("present", false);
        candidate.renew_world();
        const bool before = candidate.document(with_verb(ask, "look")).value("present", false);
        return after && !before ? "" : "look does not tell before from after";
      });
}

Verdict fits_what_it_plans(const Subject& subject) {
  return each_ask(subject, "dns/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    if (ask.verb != "fit") return {};
    if (candidate.document(ask).value("score", 0) > 0) return {};
    candidate.renew_world();
    return settle(candidate, ask, "plan").planned ? "it fits not at all, and plans all the same"
                                                  : "";
  });
}

}  // namespace

const std::vector<Rule>& dns_rules() {
  static const std::vector<Rule> rules{
      {"dns/rest", "what it planned can be done, and then there is nothing left to plan",
       "a second `up` must write nothing",
       "compare what is there with what is wanted; give preconditions that hold",
       install_comes_to_rest},
      {"dns/take-back", "remove gives the first bytes back",
       "an operator who tries it must be able to leave without a trace",
       "mark what is yours, and take out exactly that", install_is_taken_back},
      {"dns/own-part", "it adds its part and changes nothing beside it",
       "a cluster whose own names break is down",
       "edit the text, do not write it anew from what you understood of it", leaves_the_rest},
      {"dns/look", "look sees what plan brought, and nothing before",
       "`status` and `verify` tell by it what is there", "look for the mark of your own part",
       sees_its_work},
      {"dns/fit", "it plans only where it fits", "auto believes the score",
       "refuse in plan what fit gives 0 to", fits_what_it_plans},
  };
  return rules;
}

}  // namespace mesh::conformance
