#include "conformance/kit.hpp"

#include <algorithm>
#include <array>

#include "conformance/ask.hpp"
#include "conformance/trial.hpp"

#include "mesh/lookup.hpp"

namespace mesh::conformance {

namespace {

constexpr std::array k_families{library_rules,      manifest_rules, document_rules, manner_rules,
                                surroundings_rules, limit_rules,    plan_rules,     command_rules,
                                ca_rules,           dns_rules,      exposure_rules, check_rules,
                                helm_driver_rules,  overview_rules, operator_rules};

/// What cannot be loaded, or does not say what it is, can be asked nothing more.
bool needs_a_manifest(const Rule& rule) {
  const std::string_view id = rule.id;
  return !id.starts_with("library/") && id != "manifest/readable";
}

const Exception* exception_from(const Rule& rule, const Subject& subject) {
  if (!subject.manifest) return nullptr;
  const std::string language =
      lookup::text(parse_json(subject.manifest_text, "the manifest"), "/language");
  const auto& all = exceptions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Exception& row) {
    return language == row.language && std::string_view(rule.id) == row.rule;
  });
  return found == all.end() ? nullptr : &*found;
}

/// A broken rule, or its exception if the plugin keeps what is left of it.
Verdict excepted(const Verdict& failure, const Rule& rule, const Subject& subject) {
  const Exception* exception = exception_from(rule, subject);
  if (exception == nullptr) return failure;
  Rule rest = rule;
  rest.judge = exception->rest;
  const Verdict verdict = try_rule(rest, subject);
  if (verdict.severity != Severity::pass) return verdict;
  return {Severity::warning,
          std::string("exception of the language ") + exception->language + ": " + exception->why,
          exception->why};
}

Verdict verdict_on(const Rule& rule, const Subject& subject, bool loads) {
  if (!loads) return skipped("the library does not load");
  if (!subject.manifest && needs_a_manifest(rule)) return skipped("it has no manifest to ask by");
  const Verdict verdict = try_rule(rule, subject);
  return verdict.severity == Severity::failure ? excepted(verdict, rule, subject) : verdict;
}

Json row_of(const Rule& rule, const Verdict& verdict, const Subject& subject) {
  const bool failed = verdict.severity == Severity::failure;
  Json row{{"id", rule.id},
           {"plugin", name_of(subject)},
           {"severity", std::string(to_string(verdict.severity))},
           {"title", rule.title},
           {"evidence", verdict.evidence},
           {"protects", rule.protects},
           {"fix", failed ? rule.mend : ""}};
  if (!verdict.exception.empty()) row["exception"] = verdict.exception;
  return row;
}

}  // namespace

std::vector<Rule> all_rules() {
  std::vector<Rule> rules;
  for (const auto& family : k_families) {
    rules.insert(rules.end(), family().begin(), family().end());
  }
  return rules;
}

Report judge(const Subject& subject) {
  Report report;
  report.kind = "FindingList";
  report.columns = {{"RESULT", "/severity"},
                    {"RULE", "/id"},
                    {"CLAIM", "/title"},
                    {"PROTECTS", "/protects", true},
                    {"EVIDENCE", "/evidence"}};
  bool loads = true;
  for (const Rule& rule : all_rules()) {
    const Verdict verdict = verdict_on(rule, subject, loads);
    report.items.push_back(row_of(rule, verdict, subject));
    const bool failed = verdict.severity == Severity::failure;
    report.failed = report.failed || failed;
    loads = loads && !(failed && rule.judge == library_rules().front().judge);
  }
  for (const std::string& text : not_asked(subject)) {
    report.notes.push_back({Severity::warning, {}, text});
  }
  return report;
}

}  // namespace mesh::conformance
