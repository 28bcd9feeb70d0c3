#include <array>

#include "conformance/candidate.hpp"

#include "kube/mask.hpp"
#include "mesh/lookup.hpp"
#include "plugin/secret_places.hpp"
#include "plugin/third_party_text.hpp"

// What goes in and out: good, odd and bad requests.

namespace mesh::conformance {

namespace {

constexpr std::size_t k_large = std::size_t{9} << 20U;

/// Another request made of a good one.
struct Change {
  const char* words;
  Json (*made)(const Json& request);
};

/// Every value that is no object or array becomes what `leaf` makes of it.
Json with_leaves(const Json& value, const std::function<Json(const Json&)>& leaf) {
  if (!value.is_structured()) return leaf(value);
  Json changed = value;
  for (Json& entry : changed) entry = with_leaves(entry, leaf);
  return changed;
}

Json with_empty_lists(const Json& value) {
  if (value.is_array()) return Json::array();
  Json changed = value;
  if (value.is_object()) {
    for (Json& entry : changed) entry = with_empty_lists(entry);
  }
  return changed;
}

Json in_another_script(const Json& leaf) {
  return leaf.is_string() ? Json(leaf.get<std::string>() + "-\u00fc\u4e2d\U0001f600\n") : leaf;
}

constexpr std::array<Change, 2> k_odd{{
    {"with empty lists", with_empty_lists},
    {"with texts in other scripts",
     [](const Json& request) { return with_leaves(request, in_another_script); }},
}};

constexpr std::array<Change, 6> k_bad{{
    {"that is {}", [](const Json&) { return Json::object(); }},
    {"that is a list", [](const Json&) { return Json::array({1}); }},
    {"that is a text", [](const Json&) { return Json("text"); }},
    {"that is null", [](const Json&) { return Json(); }},
    {"with numbers for texts",
     [](const Json& request) { return with_leaves(request, [](const Json&) { return Json(7); }); }},
    {"with texts for lists and objects",
     [](const Json& request) {
       Json changed = request;
       for (Json& entry : changed) entry = "text";
       return changed;
     }},
}};

constexpr std::array<std::string_view, 5> k_no_documents{"", "{", "{} {}", "{\"a\":\"\xc3\x28\"}",
                                                         "nonsense"};

Reply answer_to(Candidate& candidate, const Ask& ask, const Change& change) {
  candidate.renew_world();
  return candidate.raw(ask.address, ask.verb, to_text(change.made(ask.request)));
}

/// A Problem is judged by documents/problem, and what is unknown in a request may be unsupported.
std::string objection_to_answer(const Ask& ask, const Reply& reply) {
  const bool refused = reply.code == MESH_FAILED || reply.code == MESH_UNSUPPORTED;
  return refused ? "" : objection_to(ask, reply);
}

template <std::size_t Count>
std::string objection_to_any(Candidate& candidate, const Ask& ask,
                             const std::array<Change, Count>& changes) {
  for (const Change& change : changes) {
    const std::string objection = objection_to_answer(ask, answer_to(candidate, ask, change));
    if (!objection.empty()) return std::string("a request ") + change.words + ": " + objection;
  }
  return {};
}

Verdict replies(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    const Reply reply = candidate.answer(ask);
    return reply.code == MESH_FAILED ? "" : objection_to(ask, reply);
  });
}

Verdict explains(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    for (const Change& change : k_bad) {
      const Reply reply = answer_to(candidate, ask, change);
      if (reply.code != MESH_FAILED) continue;
      const std::string objection = objection_to(ask, reply);
      if (!objection.empty()) return std::string("a request ") + change.words + ": " + objection;
    }
    return {};
  });
}

Verdict ignores_unknown_fields(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    const Reply plain = candidate.answer(ask);
    Ask more = ask;
    more.request["xOfALaterVersion"] = {{"a", {1, 2, 3}}};
    candidate.renew_world();
    const Reply with_more = candidate.answer(more);
    if (plain.code != with_more.code)
      return "with a field that it does not know it answers otherwise";
    if (plain.code != MESH_OK) return {};
    const auto document = [](const Reply& reply) {
      return comparable(parse_json(reply.text, "its reply"));
    };
    return document(plain) == document(with_more)
               ? ""
               : "with a field that it does not know it answers otherwise";
  });
}

Verdict bears_odd(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    return objection_to_any(candidate, ask, k_odd);
  });
}

Verdict bears_bad(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) {
    return objection_to_any(candidate, ask, k_bad);
  });
}

Verdict bears_no_documents(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    for (const std::string_view text : k_no_documents) {
      const Reply reply = candidate.raw(ask.address, ask.verb, text);
      const std::string objection = objection_to_answer(ask, reply);
      if (!objection.empty()) return "a request that is no JSON: " + objection;
    }
    return {};
  });
}

Verdict bears_large(const Subject& subject) {
  std::string last;
  return each_ask(subject, {}, [&last](Candidate& candidate, const Ask& ask) -> std::string {
    // One verb of each extension: they read their requests alike.
    if (ask.address == std::exchange(last, ask.address)) return {};
    Ask large = ask;
    large.request["xPadding"] = std::string(k_large, 'x');
    const std::string objection = objection_to_answer(ask, candidate.answer(large));
    return objection.empty() ? "" : "a request of 9 MiB: " + objection;
  });
}

Verdict knows_what_it_offers(const Subject& subject) {
  Candidate candidate(subject);
  for (const Extension& extension : subject.manifest->provides) {
    const std::string address = extension.point + ":" + extension.name;
    for (const auto& [asked, verb] : {std::pair(address, "no-such-verb"),
                                      std::pair(extension.point + ":no-such-name", "run")}) {
      const Reply reply = candidate.raw(asked, verb, "{}");
      if (reply.code == MESH_UNSUPPORTED && reply.text.empty()) continue;
      return broken(asked + " " + verb + " is answered with code " + std::to_string(reply.code));
    }
  }
  return {};
}

/// A reply as the operator would read it differs from it where the host has to mask.
bool holds_secret(const Ask& ask, const Reply& reply) {
  if (reply.code == MESH_FAILED) return masked_text(reply.text) != reply.text;
  if (reply.code != MESH_OK) return false;
  const Json document = parse_json(reply.text, "its reply");
  Json shown = document;
  mask_secrets(ask.address, shown);
  mask_secret_values(shown);
  return shown != document;
}

Verdict tells_no_secrets(const Subject& subject) {
  return each_ask(subject, {}, [](Candidate& candidate, const Ask& ask) -> std::string {
    const Reply reply = candidate.answer(ask);
    for (const std::string& text : candidate.logged()) {
      if (masked_text(text) != text) return "a line of its log or progress holds a key or a token";
    }
    return holds_secret(ask, reply) ? "a text of its reply holds a key or a token" : "";
  });
}

}  // namespace

const std::vector<Rule>& document_rules() {
  static const std::vector<Rule> rules{
      {"documents/reply", "each verb answers with the document of its schema",
       "the host and other plugins read nothing else",
       "hold the reply against the schema in sdk/schemas", replies},
      {"documents/problem", "what fails says so in a Problem",
       "an operator must read what failed and what to do, a script must match its code",
       "return MESH_FAILED and write {code, message, hint}: sdk/schemas/problem.json", explains},
      {"documents/unknown-fields", "fields that it does not know change nothing",
       "a newer host sends more than an older plugin knows",
       "read the fields that you need and ignore the rest", ignores_unknown_fields},
      {"documents/odd", "empty lists and texts in other scripts are answered or refused",
       "real clusters have names and lists that nobody thought of",
       "expect every list to be empty and every text to be any UTF-8", bears_odd},
      {"documents/bad", "a request of another shape is refused in a Problem",
       "one wrong request must not cost the run",
       "check a field's type before you read it, or catch what your JSON library throws",
       bears_bad},
      {"documents/no-json", "a request that is no JSON is refused in a Problem",
       "one wrong request must not cost the run", "catch what your JSON library throws",
       bears_no_documents},
      {"documents/large", "a request of 9 MiB is read",
       "the objects of a large cluster are that long",
       "do not copy a request to the stack or into a buffer of fixed size", bears_large},
      {"documents/unsupported", "what it does not offer is MESH_UNSUPPORTED",
       "a newer host asks for more than an older plugin has, and goes another way",
       "return MESH_UNSUPPORTED, without a reply, for every extension and verb that you do not "
       "know",
       knows_what_it_offers},
      {"documents/secrets",
       "no log, progress or text for the operator holds a key, a token or the value of a secret "
       "setting",
       "they reach terminals and logs of CI; what the host recognizes it masks, the rest is read",
       "name the file or the Secret that holds it instead", tells_no_secrets},
  };
  return rules;
}

}  // namespace mesh::conformance
