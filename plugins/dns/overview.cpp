#include <algorithm>

#include "leftovers.hpp"
#include "look_up.hpp"
#include "questions.hpp"
#include "suffix.hpp"
#include "verbs.hpp"
#include "zone.hpp"

namespace mesh::dns {

namespace {

CommandRequest command_of(const OverviewRequest& request) {
  return {.verb = {},
          .clusters = request.clusters,
          .options = Json::object(),
          .settings = request.settings,
          .mesh = request.mesh};
}

Read services_of(const std::string& cluster) {
  return {.cluster = cluster,
          .object = {.api_version = "v1", .kind = "Service", .name_space = {}, .name = {}},
          .labels = {},
          .next = {}};
}

Read istiocoredns_of(const ClusterFacts& facts) {
  return {.cluster = facts.cluster,
          .object = {.api_version = "apps/v1",
                     .kind = "Deployment",
                     .name_space = facts.name_space,
                     .name = "istiocoredns"},
          .labels = {},
          .next = {}};
}

void take_leftovers(Detected& detected, const std::vector<ClusterFacts>& all,
                    const std::string& suffix, const Host& host) {
  std::vector<Read> reads;
  for (const ClusterFacts& facts : all) {
    reads.push_back(services_of(facts.cluster));
    reads.push_back(istiocoredns_of(facts));
  }
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t index = 0; index < all.size(); ++index) {
    if (all[index].problem) continue;
    const ReadResult& services = results[2 * index];
    // A part of the list would call the rest dead.
    const bool whole = services.found && services.next.empty();
    const std::vector<Note> notes =
        leftovers(all[index], suffix, whole ? list_at(services.object, "/items") : Json::array(),
                  results[2 * index + 1].found);
    detected.notes.insert(detected.notes.end(), notes.begin(), notes.end());
  }
}

std::string in_words(const std::vector<std::pair<std::string, Choice>>& choices) {
  std::string text;
  for (const auto& [cluster, choice] : choices)
    text += (text.empty() ? "" : "; ") + cluster + ": " +
            (choice.refusal ? "none fits" : choice.name + " (" + choice.fit.why + ")");
  return text;
}

/// "app1.default.global -> 240.0.0.2", or what is wrong.
std::string answer_of(const std::vector<Answered>& answers) {
  const Answered* shown = nullptr;
  for (const Answered& one : answers) {
    const bool tells = one.question.layer == Layer::cluster &&
                       (one.question.asked == Asked::alias || one.question.asked == Asked::probe);
    if (!tells) continue;
    if (one.problem || one.reply.code != "NOERROR") return said(one);
    if (shown == nullptr || one.question.asked == Asked::alias) shown = &one;
  }
  if (shown == nullptr) return "not asked";
  return shown->question.asked == Asked::probe ? "answers, no names"
                                               : shown->question.name + " -> " + said(*shown);
}

class DnsOverview : public Overview {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "overview/1";
    extension.name = "dns";
    extension.summary = "Which DNS the clusters have, and what it answers";
    return extension;
  }

  Detected detect(const OverviewRequest& request, const Host& host) override {
    const Wishes wishes = wishes_of(command_of(request));
    Detected detected;
    const std::vector<ClusterFacts> all =
        read_facts(host, request.clusters, wishes.name_space, Depth::objects);
    std::vector<std::pair<std::string, Choice>> choices;
    for (const ClusterFacts& facts : all) {
      if (facts.problem) {
        detected.problems.push_back(*facts.problem);
        continue;
      }
      choices.emplace_back(facts.cluster,
                           choose(facts.cluster, "auto", opinions_of(facts, wishes, host)));
      note_left_out(detected.notes, choices.back().second);
      if (choices.back().second.refusal)
        detected.notes.push_back(
            {Severity::warning, facts.cluster,
             choices.back().second.refusal->message + "; " + choices.back().second.refusal->hint});
    }
    const bool same =
        !choices.empty() && std::all_of(choices.begin(), choices.end(), [&](const auto& entry) {
          return !entry.second.refusal && entry.second.name == choices.front().second.name;
        });
    detected.settings["strategy"] = same ? choices.front().second.name : "auto";
    detected.comments["strategy"] = in_words(choices);
    take_leftovers(detected, all, wishes.suffix, host);
    return detected;
  }

  StatusTable status(const OverviewRequest& request, const Host& host) override {
    const Wishes wishes = wishes_of(command_of(request));
    StatusTable table;
    table.columns = {{"DNS", "/dns"}, {"ANSWER", "/answer"}};
    const std::vector<ClusterFacts> all =
        read_facts(host, request.clusters, wishes.name_space, Depth::pods);
    std::vector<std::vector<Question>> questions;
    std::vector<Choice> choices;
    for (const ClusterFacts& facts : all) {
      choices.push_back(choice_of(facts, wishes, host));
      questions.push_back(asks(facts, choices.back(), wishes)
                              ? questions_for(facts, choices.back(), wishes)
                              : std::vector<Question>());
    }
    const auto answers = ask_all(host, request.clusters, questions);
    for (std::size_t index = 0; index < all.size(); ++index) {
      if (all[index].problem) {
        table.problems.push_back(*all[index].problem);
        continue;
      }
      note_left_out(table.notes, choices[index]);
      table.rows.push_back(row_of(all[index], choices[index], wishes, answers[index]));
    }
    return table;
  }

 private:
  static Choice choice_of(const ClusterFacts& facts, const Wishes& wishes, const Host& host) {
    if (facts.problem) return {};
    return choose(facts.cluster, wishes.strategy, opinions_of(facts, wishes, host));
  }

  static bool asks(const ClusterFacts& facts, const Choice& choice, const Wishes& wishes) {
    return !facts.problem && choice.look.present && choice.forwards && !wishes.discovery;
  }

  static Json row_of(const ClusterFacts& facts, const Choice& choice, const Wishes& wishes,
                     const std::vector<Answered>& answers) {
    std::string answer = answer_of(answers);
    if (wishes.discovery) {
      answer = "no zone needed";
    } else if (choice.refusal) {
      answer = "no strategy fits";
    } else if (!choice.look.present) {
      answer = "not installed";
    } else if (!choice.forwards) {
      answer = "sidecars answer";
    }
    const std::string workload = text_at(facts.objects, "/workload/metadata/name");
    return {{"cluster", facts.cluster},
            {"dns", (workload.empty() ? "unknown" : workload) +
                        (choice.name.empty() ? "" : " (" + choice.name + ")")},
            {"answer", answer}};
  }
};

}  // namespace

ExtensionPtr make_overview() {
  return std::make_unique<DnsOverview>();
}

}  // namespace mesh::dns
