#include <algorithm>

#include "conformance/round_trip.hpp"

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "plan/consent.hpp"

// command/1: a concern in the tree of commands, and in plan, up and down.

namespace mesh::conformance {

namespace {

Verdict each_concern(const Subject& subject,
                     const std::function<std::string(const Extension&)>& judge) {
  bool any = false;
  for (const Extension& extension : subject.manifest->provides) {
    if (extension.point != "command/1") continue;
    any = true;
    const std::string objection = judge(extension);
    if (!objection.empty()) return broken(extension.name + ": " + objection);
  }
  return any ? Verdict{} : skipped("it offers no command/1");
}

bool has_changing_verb(const Extension& concern, const std::string& name) {
  return std::any_of(concern.verbs.begin(), concern.verbs.end(),
                     [&](const Verb& verb) { return verb.name == name; });
}

/// Of the host's stages: up may also be a proof, which only reads.
Verdict has_its_stages(const Subject& subject) {
  return each_concern(subject, [](const Extension& concern) -> std::string {
    const Lifecycle& stage = concern.lifecycle;
    for (const std::string& verb : {stage.up, stage.down}) {
      if (!verb.empty() && !has_changing_verb(concern, verb)) {
        return "its lifecycle names the verb " + verb + ", which it does not have";
      }
    }
    const bool placed = !stage.after.empty() || !stage.before.empty();
    return placed && stage.up.empty() && stage.down.empty()
               ? "its lifecycle has a place and no verb for up or down"
               : "";
  });
}

Verdict shows_itself(const Subject& subject) {
  return each_concern(subject, [](const Extension& concern) -> std::string {
    for (const Verb& verb : concern.verbs) {
      const std::string words =
          concern.name == verb.name ? verb.name : concern.name + " " + verb.name;
      for (const Example& example : verb.examples) {
        if (example.command != words && !example.command.starts_with(words + " ")) {
          return "an example of " + verb.name + " shows another command: " + example.command;
        }
      }
    }
    return {};
  });
}

/// A look ahead comes before anything was written: there is nothing that could be refused for it.
Verdict looks_ahead(const Subject& subject) {
  return each_ask(subject, "command/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    Ask ahead = ask;
    ahead.request["ahead"] = true;
    const std::string objection = objection_to(ask, candidate.answer(ahead));
    return objection.empty() ? "" : "with ahead: " + objection;
  });
}

Verdict says_notes_in_words(const Subject& subject) {
  return each_ask(subject, "command/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    const Reply reply = candidate.answer(ask);
    if (reply.code != MESH_OK) return {};
    const Json document = parse_json(reply.text, "its reply");
    for (const Json& note : lookup::list(document, "/notes")) {
      const std::string text = lookup::text(note, "/text");
      if (text.empty() || text != escape_terminal(text)) return "a note is empty or no plain text";
    }
    for (const Json& refusal : lookup::list(document, "/refusals")) {
      if (lookup::text(refusal, "/hint").empty()) {
        return "a refusal gives no hint: " + lookup::text(refusal, "/message");
      }
    }
    return {};
  });
}

/// Deeds have no object by which it could be seen that they are done already.
bool changes_world(const Action& action, const World& world) {
  if (!action.target.name.empty() || !action.object.is_null()) {
    World after = world;
    Plan one;
    one.actions = {action};
    return !after.carry_out(to_json(one)).empty() || after.clusters() != world.clusters();
  }
  return true;
}

std::vector<Step> steps_of(const Plan& plan, const World& world) {
  std::vector<Step> steps;
  for (const Action& action : plan.actions) {
    Step step;
    step.action = action;
    step.ref = action.object.is_null() ? action.target : ref_of(action.object);
    if (changes_world(action, world)) step.change = Change::act;
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string beyond_consent(const Consent& consent, const std::vector<Step>& steps) {
  const std::vector<Step> beyond = consent.beyond(steps);
  if (beyond.empty()) return {};
  const std::string& cluster = beyond.front().action.cluster;
  return "a later part writes " + acceptance_of(beyond.front()) +
         (cluster.empty() ? "" : " in cluster " + cluster) +
         ", which was neither shown nor announced";
}

Verdict announces_later_parts(const Subject& subject) {
  return each_ask(subject, "command/1", [](Candidate& candidate, const Ask& ask) {
    Consent consent;
    bool readable = true;
    return each_part(candidate, ask, [&](const Json& document, int part) -> std::string {
      // What cannot be read, another rule says.
      readable = readable && misfit(document, ask.reply).empty();
      if (!readable) return {};
      const Plan plan = plan_from_json(document);
      const std::vector<Step> steps = steps_of(plan, candidate.world());
      if (part > 0) return beyond_consent(consent, steps);
      consent.add(steps, plan.announces);
      return {};
    });
  });
}

}  // namespace

const std::vector<Rule>& command_rules() {
  static const std::vector<Rule> rules{
      {"command/lifecycle", "the verbs that its lifecycle names are there",
       "plan, up and down call them by name", "name verbs that the manifest declares",
       has_its_stages},
      {"command/examples", "its examples show its own commands", "help is read by copying from it",
       "begin with the concern and the verb, without the name of the program", shows_itself},
      {"command/ahead", "each verb answers a look ahead",
       "`plan` asks all concerns before any of them has written",
       "plan what can be planned, and say the rest in a note", looks_ahead},
      {"command/announced", "a plan that continues announces what its later parts write",
       "an operator agrees to a whole run before its first write; the host stops the rest",
       "name type, cluster and target of each later write in announces; * stands for any text",
       announces_later_parts},
      {"command/words", "notes are plain text, and refusals have a hint",
       "an operator reads them and nothing else",
       "write sentences, without control characters, and what to do in hint", says_notes_in_words},
  };
  return rules;
}

}  // namespace mesh::conformance
