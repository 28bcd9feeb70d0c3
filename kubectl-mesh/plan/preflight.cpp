#include "plan/preflight.hpp"

#include <algorithm>
#include <set>

#include "base/process.hpp"
#include "kube/resource.hpp"
#include "plan/apply_conflicts.hpp"
#include "plan/object.hpp"
#include "plan/step_tools.hpp"

namespace mesh {

namespace {

const ObjectRef k_identity{"v1", "Namespace", "", "kube-system"};

/// The rights that writing a step takes. Server-side apply of a new object needs create and patch.
std::vector<Right> rights_for(const Step& step) {
  switch (step.change) {
    case Change::create: {
      Right create = right_for("create", step.ref);
      create.name.clear();  // a new object has no name yet that a role could list
      return {create, right_for("patch", step.ref)};
    }
    case Change::update:
      return {right_for("patch", step.ref)};
    case Change::remove:
      return {right_for("delete", step.ref)};
    case Change::act: {
      std::vector<Right> rights;
      if (step.action.type == ActionType::restart) rights.push_back(right_for("patch", step.ref));
      for (const NeededRight& needed : step.action.needs) {
        rights.push_back(right_for(needed.verb, needed.target));
        rights.back().subresource = needed.subresource;
      }
      return rights;
    }
    default:
      return {};
  }
}

std::string in_words(const Right& right) {
  return right.verb + " " + right.resource +
         (right.subresource.empty() ? "" : "/" + right.subresource) +
         (right.group.empty() ? "" : "." + right.group) +
         (right.name_space.empty() ? "" : " in namespace " + right.name_space);
}

Problem missing_right(const std::string& cluster, const Right& right, const std::string& reason) {
  Problem problem;
  problem.code = "forbidden";
  problem.message = cluster + ": you may not " + in_words(right) +
                    (reason.empty() ? "" : " (" + reason + ")") + "; nothing was written anywhere";
  problem.hint = "ask for that right, or use another context or --as";
  problem.cluster = cluster;
  return problem;
}

bool carries_secret(const Step& step) {
  const bool writes = step.change == Change::create || step.change == Change::update;
  return writes && step.ref.api_version == "v1" && step.ref.kind == "Secret";
}

/// Keys and tokens go to no server that only says who it is.
std::vector<Problem> unverified_servers(const std::vector<Step>& steps, const Fleet& fleet) {
  std::map<std::string, std::string> first;
  for (const Step& step : steps) {
    const std::string& cluster = step.action.cluster;
    if (carries_secret(step) && !fleet.access(cluster).endpoint.gets_secrets)
      first.emplace(cluster, to_string(step.ref));
  }
  std::vector<Problem> problems;
  for (const auto& [cluster, secret] : first) problems.push_back(unverified(cluster, secret));
  return problems;
}

/// A program that is not there is known before the first write, not in the middle.
std::vector<Problem> missing_programs(const std::vector<Step>& steps) {
  std::set<std::string> programs;
  for (const Step& step : steps) {
    if (step.action.type == ActionType::run) programs.insert(step.action.program);
  }
  std::vector<Problem> problems;
  for (const std::string& program : programs) {
    if (can_run(program)) continue;
    Problem problem;
    problem.code = "missing";
    problem.message = program + " is not there, or may not be run; nothing was written anywhere";
    problem.hint = program.find('/') == std::string::npos ? "install it, or put it on PATH"
                                                          : "name the path of a program";
    problems.push_back(std::move(problem));
  }
  return problems;
}

using Question = std::pair<std::string, Right>;  ///< of a cluster

/// What is denied, or why it is not known; nothing: allowed.
std::vector<std::optional<Problem>> answers_to(const std::vector<Question>& questions,
                                               Fleet& fleet) {
  std::vector<std::optional<Problem>> answers(questions.size());
  std::vector<std::string> asked;
  for (const auto& [cluster, right] : questions) asked.push_back(cluster);
  fleet.for_each(asked, [&](std::size_t at) {
    const auto& [cluster, right] = questions[at];
    try {
      const std::optional<std::string> denied =
          fleet.client(cluster).denied(right, fleet.deadline());
      if (denied) answers[at] = missing_right(cluster, right, *denied);
    } catch (const Failure& failure) {
      answers[at] = failure.problem();
    }
    return answers[at];
  });
  return answers;
}

Question about_all(Question question) {
  question.second.name.clear();
  return question;
}

// With fewer objects one question more would not save any.
constexpr std::size_t k_objects_for_one_question = 4;

/// Who may do it to all objects of a kind need not be asked about each.
void ask_about_all(std::set<Question>& wanted, Fleet& fleet) {
  std::map<Question, std::size_t> objects;
  for (const Question& question : wanted) {
    if (!question.second.name.empty()) ++objects[about_all(question)];
  }
  std::vector<Question> questions;
  for (const auto& [question, count] : objects) {
    if (count >= k_objects_for_one_question) questions.push_back(question);
  }
  const std::vector<std::optional<Problem>> answers = answers_to(questions, fleet);
  std::set<Question> allowed;
  for (std::size_t at = 0; at < questions.size(); ++at) {
    if (!answers[at]) allowed.insert(questions[at]);
  }
  std::erase_if(wanted,
                [&](const Question& question) { return allowed.contains(about_all(question)); });
}

}  // namespace

Identities identify(Fleet& fleet) {
  std::vector<Read> reads;
  for (const std::string& name : fleet.names()) {
    reads.push_back({.cluster = name, .object = k_identity, .labels = {}, .next = {}});
  }
  const std::vector<ReadResult> results = fleet.read(reads);
  Identities identities;
  for (std::size_t index = 0; index < reads.size(); ++index) {
    const std::string& name = reads[index].cluster;
    const ReadResult& result = results[index];
    if (result.problem) {
      identities.problems.push_back(*result.problem);
    } else if (!result.found) {
      Problem problem;
      problem.code = "unreachable";
      problem.message = name + ": there is no namespace kube-system: is this a Kubernetes cluster?";
      problem.cluster = name;
      identities.problems.push_back(std::move(problem));
    } else {
      identities.known[name].uid = metadata_text(result.object, "uid");
    }
  }
  return identities;
}

std::vector<Problem> same_cluster_problems(const Identities& identities) {
  std::map<std::string, std::string> first;
  std::vector<Problem> problems;
  for (const auto& [name, identity] : identities.known) {
    if (identity.uid.empty()) continue;  // told apart by nothing, so not known to be the same
    const auto [earlier, is_new] = first.emplace(identity.uid, name);
    if (is_new) continue;
    Problem problem;
    problem.code = "same-cluster";
    problem.message = "contexts \"" + earlier->second + "\" and \"" + name +
                      "\" are the same cluster (UID " + identity.uid + ")";
    problem.hint = "name only one of them";
    problem.cluster = name;
    problems.push_back(std::move(problem));
  }
  return problems;
}

std::vector<Problem> preflight(const std::vector<Step>& steps, Fleet& fleet,
                               const Identities& identities) {
  std::set<Question> wanted;
  for (const Step& step : steps) {
    for (const Right& right : rights_for(step)) wanted.emplace(step.action.cluster, right);
  }
  ask_about_all(wanted, fleet);
  const std::vector<std::optional<Problem>> answers =
      answers_to({wanted.begin(), wanted.end()}, fleet);
  std::vector<Problem> problems = missing_programs(steps);
  problems.insert(problems.end(), identities.problems.begin(), identities.problems.end());
  const std::vector<Problem> unsafe = unverified_servers(steps, fleet);
  problems.insert(problems.end(), unsafe.begin(), unsafe.end());
  for (const std::optional<Problem>& answer : answers) {
    if (answer) problems.push_back(*answer);
  }
  if (!problems.empty()) return problems;
  return foreseen_conflicts(steps, fleet);
}

bool has_appeared(const std::vector<Step>& steps, Fleet& fleet) {
  std::vector<Read> reads;
  for (const Step& step : steps) {
    if (step.change != Change::create) continue;
    reads.push_back({.cluster = step.action.cluster, .object = step.ref, .labels = {}, .next = {}});
  }
  const std::vector<ReadResult> results = read_now(reads, fleet);
  return std::any_of(results.begin(), results.end(),
                     [](const ReadResult& result) { return result.found; });
}

}  // namespace mesh
