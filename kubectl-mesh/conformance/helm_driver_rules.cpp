#include "conformance/candidate.hpp"

#include "mesh/lookup.hpp"

// helm-driver/1: the states of releases, and what brings one about.

namespace mesh::conformance {

namespace {

Verdict answers_in_order(const Subject& subject) {
  return each_reply(subject, "helm-driver/1", "look",
                    [](const Ask& ask, const Json& reply) -> std::string {
                      const Json& states = lookup::list(reply, "/states");
                      const Json& releases = ask.request.at("releases");
                      if (states.size() != releases.size()) {
                        return std::to_string(states.size()) + " states for " +
                               std::to_string(releases.size()) + " releases";
                      }
                      for (std::size_t at = 0; at < states.size(); ++at) {
                        for (const char* field : {"/cluster", "/name"}) {
                          if (lookup::text(states[at], field) != lookup::text(releases[at], field))
                            return "state " + std::to_string(at) + " is of another release";
                        }
                      }
                      return {};
                    });
}

Verdict installs_what_is_absent(const Subject& subject) {
  return each_reply(subject, "helm-driver/1", "install", [](const Ask&, const Json& reply) {
    return lookup::list(reply, "/actions").empty()
               ? "nothing is planned for a release that is not there"
               : "";
  });
}

Verdict leaves_what_is_absent(const Subject& subject) {
  return each_reply(subject, "helm-driver/1", "uninstall", [](const Ask&, const Json& reply) {
    return lookup::list(reply, "/actions").empty() ? ""
                                                   : "it takes away a release that is not there";
  });
}

/// The state that a run of its own leaves behind.
Verdict rests(const Subject& subject) {
  return each_ask(
      subject, "helm-driver/1", [](Candidate& candidate, const Ask& ask) -> std::string {
        if (ask.verb != "install") return {};
        Ask done = ask;
        done.request["state"]["status"] = "deployed";
        done.request["state"]["inputs"] = ask.request.at("release").at("inputs");
        done.request["state"]["revision"] = 1;
        const Reply reply = candidate.answer(done);
        if (reply.code != MESH_OK) return {};
        const Json plan = parse_json(reply.text, "its reply");
        return lookup::list(plan, "/actions").empty() ? ""
                                                      : "it plans although its inputs are deployed";
      });
}

}  // namespace

const std::vector<Rule>& helm_driver_rules() {
  static const std::vector<Rule> rules{
      {"helm-driver/order", "look answers for each release, in their order",
       "a state that is taken for another's installs the wrong thing",
       "answer one state per release, with its cluster and name", answers_in_order},
      {"helm-driver/install", "install plans a release that is not there",
       "`up` would go on to what stands on it", "an empty status means: not there",
       installs_what_is_absent},
      {"helm-driver/uninstall", "uninstall leaves alone what is not there",
       "a second `down` must write nothing", "an empty status means: not there",
       leaves_what_is_absent},
      {"helm-driver/rest", "install plans nothing for a release that has these inputs already",
       "a second `up` must write nothing", "compare release.inputs with state.inputs", rests},
  };
  return rules;
}

}  // namespace mesh::conformance
