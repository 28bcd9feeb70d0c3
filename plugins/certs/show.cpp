#include <algorithm>

#include "facts.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

/// Everything a cluster's Secret names, each certificate once, from the signing CA up to the roots.
struct Shown {
  const char* role;
  const Certificate* certificate;
};
std::vector<Shown> shown_of(const Assessment& found) {
  std::vector<Shown> list;
  const auto add = [&](const char* role, const std::vector<Certificate>& some) {
    for (const Certificate& one : some) {
      const bool there = std::any_of(list.begin(), list.end(), [&](const Shown& earlier) {
        return earlier.certificate->sha256 == one.sha256;
      });
      if (!there) list.push_back({role, &one});
    }
  };
  std::vector<Shown> roots;
  add("root", found.roots);
  std::swap(list, roots);
  add("signing", found.signing);
  add("issuer", found.chain);
  std::erase_if(list, [&](const Shown& one) {  // a chain may end with the root
    return std::any_of(roots.begin(), roots.end(), [&](const Shown& root) {
      return one.certificate->sha256 == root.certificate->sha256;
    });
  });
  list.insert(list.end(), roots.begin(), roots.end());
  return list;
}

std::string signer_of(const Certificate& one, const std::vector<Shown>& all) {
  for (const Shown& candidate : all) {
    if (!signed_by(one, *candidate.certificate)) continue;
    return candidate.certificate->sha256 == one.sha256
               ? "itself"
               : short_fingerprint(candidate.certificate->sha256);
  }
  return "unknown";
}

Json row(const ClusterFacts& facts, const Shown& shown, const std::vector<Shown>& all, Time now) {
  const Certificate& one = *shown.certificate;
  return {{"cluster", facts.cluster},
          {"role", shown.role},
          {"subject", one.subject},
          {"issuer", one.issuer},
          {"signedBy", signer_of(one, all)},
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

Report show(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  Report report;
  report.kind = "CertificateList";
  report.columns = {{"CLUSTER", "/cluster"},          {"ROLE", "/role"},
                    {"SUBJECT", "/subject"},          {"ISSUER", "/issuer", true},
                    {"FINGERPRINT", "/fingerprint"},  {"SIGNED BY", "/signedBy"},
                    {"SERIAL", "/serial", true},      {"NOT AFTER", "/notAfter"},
                    {"DAYS LEFT", "/daysLeft"},       {"KEY", "/key", true},
                    {"SIGNATURE", "/signature", true}};
  const Time now = now_of(host);
  for (const ClusterFacts& facts : read_facts(host, look_of(request, Depth::set))) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    const Assessment found = assess(facts, now);
    if (found.state != Assessment::State::valid)
      report.notes.push_back(
          {Severity::warning, facts.cluster, secret_name(facts) + " is " + in_words(found)});
    const std::vector<Shown> all = shown_of(found);
    for (const Shown& one : all) report.items.push_back(row(facts, one, all, now));
  }
  return report;
}

}  // namespace mesh::certs
