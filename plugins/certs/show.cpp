#include "facts.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

Json row(const ClusterFacts& facts, const char* role, const Certificate& one, Time now) {
  return {{"cluster", facts.cluster},
          {"role", role},
          {"subject", one.subject},
          {"issuer", one.issuer},
          {"serial", one.serial},
          {"sha256", one.sha256},
          {"fingerprint", short_fingerprint(one.sha256)},
          {"notBefore", date_text(one.not_before)},
          {"notAfter", date_text(one.not_after)},
          {"daysLeft", days_left(one, now)},
          {"key", one.key},
          {"signature", one.signature}};
}

}  // namespace

Report show(const CommandRequest& request, const Host& host) {
  Report report;
  report.kind = "CertificateList";
  report.columns = {{"CLUSTER", "/cluster"},         {"ROLE", "/role"},
                    {"SUBJECT", "/subject"},         {"ISSUER", "/issuer", true},
                    {"FINGERPRINT", "/fingerprint"}, {"SERIAL", "/serial", true},
                    {"NOT AFTER", "/notAfter"},      {"DAYS LEFT", "/daysLeft"},
                    {"KEY", "/key", true},           {"SIGNATURE", "/signature", true}};
  const Time now = host.now();
  for (const ClusterFacts& facts : read_facts(host, request.clusters, Depth::install)) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    const Assessment found = assess(facts, now);
    if (found.state != Assessment::State::valid) {
      report.notes.push_back({Severity::warning, facts.cluster,
                              "Secret istio-system/cacerts is " + lower_words(found.state) +
                                  (found.why.empty() ? "" : ": " + found.why)});
    }
    for (const Certificate& one : found.signing)
      report.items.push_back(row(facts, "signing", one, now));
    for (const Certificate& one : found.roots) report.items.push_back(row(facts, "root", one, now));
  }
  return report;
}

}  // namespace mesh::certs
