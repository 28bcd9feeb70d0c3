#include "choose.hpp"

#include <algorithm>

namespace mesh::dns {

namespace {

constexpr const char* k_sidecars = "let the sidecars answer: --strategy istio-proxy";

Choice taken(const Opinion& opinion, const std::string& why) {
  return {.name = opinion.name,
          .forwards = opinion.forwards,
          .fit = opinion.fit,
          .look = opinion.look,
          .why = why + opinion.fit.why,
          .refusal = {}};
}

Choice refused(const std::string& cluster, std::string message, std::string hint) {
  Choice choice;
  choice.refusal = Problem{.code = "refused",
                           .message = cluster + ": " + std::move(message),
                           .hint = std::move(hint),
                           .cluster = cluster,
                           .object = {}};
  return choice;
}

/// A strategy whose work is in the cluster; one that only looks at Istio's installation is nobody's
/// work here.
const Opinion* installed_one(const std::vector<Opinion>& opinions) {
  const auto row = std::find_if(opinions.begin(), opinions.end(), [](const Opinion& opinion) {
    return opinion.forwards && opinion.look.present;
  });
  return row == opinions.end() ? nullptr : &*row;
}

/// A way out leads nowhere if the strategy that it names does not fit either.
bool leads_on(const std::string& hint, const std::vector<Opinion>& opinions) {
  return !hint.empty() && std::none_of(opinions.begin(), opinions.end(), [&](const Opinion& one) {
    const std::string flag = "--strategy " + one.name;
    return one.fit.score == 0 && (hint.ends_with(flag) || hint.find(flag + " ") != hint.npos);
  });
}

Choice named(const std::string& cluster, const std::string& name,
             const std::vector<Opinion>& opinions) {
  const auto row = std::find_if(opinions.begin(), opinions.end(),
                                [&](const Opinion& opinion) { return opinion.name == name; });
  if (row == opinions.end()) {
    std::string names = "auto";
    for (const Opinion& opinion : opinions) names += ", " + opinion.name;
    throw Failure("invalid-input", "there is no DNS strategy \"" + name + "\"",
                  "strategies here: " + names);
  }
  const Opinion* there = installed_one(opinions);
  if (there != nullptr && there->name != name)
    return refused(cluster,
                   "strategy " + there->name + " is at work in " + there->look.where +
                       " already; two would contradict each other",
                   "take it out first: kubectl mesh dns remove --contexts " + cluster);
  if (row->fit.score == 0) {
    Choice choice = refused(cluster, name + " does not fit: " + row->fit.why,
                            leads_on(row->fit.hint, opinions) ? row->fit.hint : k_sidecars);
    choice.fit = row->fit;
    return choice;
  }
  return taken(*row, "named: ");
}

/// Nothing fits: what each strategy said, and the first way out that leads on.
Choice nothing_fits(const std::string& cluster, const std::vector<Opinion>& opinions) {
  std::vector<std::string> reasons;
  std::string hint;
  for (const Opinion& opinion : opinions) {
    if (opinion.fit.score > 0) continue;
    if (std::find(reasons.begin(), reasons.end(), opinion.fit.why) == reasons.end())
      reasons.push_back(opinion.fit.why);
    if (hint.empty() && leads_on(opinion.fit.hint, opinions)) hint = opinion.fit.hint;
  }
  std::string text;
  for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
  return refused(cluster, "its DNS cannot be taught the zone: " + text,
                 hint.empty() ? k_sidecars : hint);
}

Choice choice_of(const std::string& cluster, const std::string& name,
                 const std::vector<Opinion>& opinions) {
  if (name != "auto") return named(cluster, name, opinions);
  if (const Opinion* there = installed_one(opinions)) return taken(*there, "there already: ");
  const auto best = std::max_element(
      opinions.begin(), opinions.end(),
      [](const Opinion& a, const Opinion& b) { return a.fit.score < b.fit.score; });
  if (best == opinions.end() || best->fit.score <= 1) return nothing_fits(cluster, opinions);
  return taken(*best, "auto: ");
}

}  // namespace

std::vector<Opinion> opinions_of(const ClusterFacts& facts, const Wishes& wishes,
                                 const Host& host) {
  std::vector<Opinion> opinions;
  for (const ExtensionEntry& entry : host.extensions("dns/1")) {
    const DnsClient strategy(entry.name, host);
    const DnsRequest request = request_for(facts, wishes.suffix, wishes.settings_for(entry.name));
    const bool forwards = std::find(entry.abilities.begin(), entry.abilities.end(), "forward") !=
                          entry.abilities.end();
    try {
      opinions.push_back({entry.name, forwards, strategy.fit(request), strategy.look(request)});
    } catch (const Failure& failure) {
      if (failure.problem().plugin.empty()) throw;
      opinions.push_back({entry.name, forwards, {}, {}, failure.problem()});
    }
  }
  return opinions;
}

Choice choose(const std::string& cluster, const std::string& name,
              const std::vector<Opinion>& opinions) {
  std::map<std::string, Problem> left_out;
  std::vector<Opinion> heard;
  for (const Opinion& opinion : opinions) {
    if (!opinion.problem) {
      heard.push_back(opinion);
      continue;
    }
    if (opinion.name == name) throw Failure(*opinion.problem);
    left_out.emplace(opinion.name, *opinion.problem);
  }
  Choice choice = choice_of(cluster, name, heard);
  choice.left_out = std::move(left_out);
  return choice;
}

void note_left_out(std::vector<Note>& notes, const std::string& strategy, const Problem& problem) {
  const std::string text = "strategy " + strategy + " is left out: " + message_of(problem) +
                           (problem.hint.empty() ? "" : "; " + problem.hint);
  const bool noted =
      std::any_of(notes.begin(), notes.end(), [&](const Note& note) { return note.text == text; });
  if (!noted) notes.push_back({Severity::warning, "", text});
}

void note_left_out(std::vector<Note>& notes, const Choice& choice) {
  for (const auto& [strategy, problem] : choice.left_out) note_left_out(notes, strategy, problem);
}

}  // namespace mesh::dns
