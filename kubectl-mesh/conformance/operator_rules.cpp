#include "conformance/candidate.hpp"

#include "base/text.hpp"
#include "kube/mask.hpp"
#include "mesh/lookup.hpp"

// operator/1: a plugin has the host ask the operator for a password.

namespace mesh::conformance {

namespace {

/// The first objection of `judge` to a verb that asks the operator something.
Verdict each_question(
    const Subject& subject,
    const std::function<std::string(Candidate&, const Ask&, const Reply&)>& judge) {
  bool asks = false;
  const Verdict verdict =
      each_ask(subject, {}, [&](Candidate& candidate, const Ask& ask) -> std::string {
        const Reply reply = candidate.answer(ask);
        if (candidate.world().questions().empty()) return {};
        asks = true;
        return judge(candidate, ask, reply);
      });
  return verdict.severity == Severity::pass && !asks ? skipped("it asks the operator nothing")
                                                     : verdict;
}

bool is_plain(const std::string& text) {
  return !text.empty() && text == escape_terminal(text);
}

Verdict asks_in_words(const Subject& subject) {
  return each_question(subject, [](Candidate& candidate, const Ask&, const Reply&) -> std::string {
    for (const Json& question : candidate.world().questions()) {
      if (!is_plain(lookup::text(question, "/question")))
        return "a question is empty or no plain text";
      if (!is_plain(lookup::text(question, "/instead")))
        return "a question does not say what to do where there is no terminal: " +
               lookup::text(question, "/question");
    }
    return {};
  });
}

Verdict works_without_a_terminal(const Subject& subject) {
  return each_question(subject,
                       [](Candidate& candidate, const Ask& ask, const Reply&) -> std::string {
                         candidate.renew_world();
                         candidate.world().detach_terminal();
                         const std::string objection = objection_to(ask, candidate.answer(ask));
                         return objection.empty() ? "" : "without a terminal: " + objection;
                       });
}

/// A Secret of a plan and a file in the plugin's own directory are where an answer may go.
bool shows_answer(const Reply& reply) {
  Json document = Json::parse(reply.text, nullptr, false);
  mask(document, false);
  return to_text(document).find(k_answer) != std::string::npos;
}

Verdict keeps_answers(const Subject& subject) {
  return each_question(subject,
                       [](Candidate& candidate, const Ask&, const Reply& reply) -> std::string {
                         for (const std::string& text : candidate.logged()) {
                           if (text.find(k_answer) != std::string::npos)
                             return "a line of its log shows the answer";
                         }
                         return shows_answer(reply) ? "its reply shows the answer" : "";
                       });
}

}  // namespace

const std::vector<Rule>& operator_rules() {
  static const std::vector<Rule> rules{
      {"operator/question", "its questions are plain text, and name what to do without a terminal",
       "an operator reads the question and nothing else; a pipeline reads what to do instead",
       "fill question and instead of operator/1 secret with sentences", asks_in_words},
      {"operator/no-terminal", "without a terminal it answers, or says that it cannot",
       "pipelines have nobody to ask", "return the Problem that the host answered",
       works_without_a_terminal},
      {"operator/answer", "no log, progress or reply shows what the operator answered",
       "logs of CI and journals are read by others",
       "use the answer where it is needed, and keep it nowhere", keeps_answers},
  };
  return rules;
}

}  // namespace mesh::conformance
