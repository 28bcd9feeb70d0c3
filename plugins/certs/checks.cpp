#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "facts.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

constexpr long k_warn_days = 30;

/// One cluster under examination.
struct Subject {
  const ClusterFacts& facts;
  Assessment found;
  Time now;
  long fail_within;  ///< days
};

struct Verdict {
  Severity severity = Severity::pass;
  std::string evidence;
  std::string fix;
};

Verdict pass(std::string evidence) {
  return {Severity::pass, std::move(evidence), ""};
}
Verdict fail(std::string evidence, std::string fix) {
  return {Severity::failure, std::move(evidence), std::move(fix)};
}
Verdict skip(std::string evidence) {
  return {Severity::skipped, std::move(evidence), ""};
}

const char* const k_reinstall =
    "kubectl mesh certs install (if the Secret is ours), or delete the Secret first";

bool readable(const Subject& subject) {
  return !subject.found.signing.empty() && !subject.found.roots.empty() &&
         !subject.found.chain.empty();
}

Verdict complete(const Subject& s) {
  if (!s.facts.found)
    return fail("Secret istio-system/cacerts is not there", "kubectl mesh certs install");
  if (s.facts.missing.empty()) return pass("4 files");
  return fail(s.found.why, k_reinstall);
}

Verdict parses(const Subject& s) {
  if (s.found.state == Assessment::State::unreadable) return fail(s.found.why, k_reinstall);
  return readable(s) ? pass(std::to_string(s.found.signing.size() + s.found.chain.size() +
                                           s.found.roots.size()) +
                            " certificates")
                     : skip("incomplete");
}

Verdict key_matches(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  try {
    const bool same =
        read_key(s.facts.set.ca_key, "", "ca-key.pem").key_hash == s.found.signing.front().key_hash;
    return same ? pass(s.found.signing.front().key)
                : fail("ca-key.pem does not belong to ca-cert.pem", k_reinstall);
  } catch (const Failure& failure) {
    return fail(failure.problem().message, k_reinstall);
  }
}

Verdict chain_verifies(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  std::vector<std::string> chain;
  std::vector<std::string> roots;
  for (const Certificate& one : s.found.chain) chain.push_back(one.pem);
  for (const Certificate& one : s.found.roots) roots.push_back(one.pem);
  const std::string problem = chain_problem(s.found.signing.front().pem, chain, roots, s.now);
  return problem.empty() ? pass("OpenSSL, strict: ok")
                         : fail("OpenSSL says: " + problem, k_reinstall);
}

Verdict is_authority(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const Certificate& one = s.found.signing.front();
  return one.is_ca && one.can_sign ? pass("CA:TRUE, keyCertSign")
                                   : fail(one.subject + " is not a CA", k_reinstall);
}

Verdict path_length(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const Certificate& one = s.found.signing.front();
  if (one.path_length) return pass("pathlen:" + std::to_string(*one.path_length));
  return {Severity::warning, "no path length: it could sign further CAs",
          "kubectl mesh certs rotate --intermediate"};
}

Verdict order(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const bool good = s.found.chain.front().sha256 == s.found.signing.front().sha256;
  return good ? pass("cert-chain.pem begins with the signing CA")
              : fail("cert-chain.pem begins with " + s.found.chain.front().subject, k_reinstall);
}

Verdict algorithm(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  for (const std::vector<Certificate>* list : {&s.found.signing, &s.found.roots}) {
    for (const Certificate& one : *list) {
      std::string signature = one.signature;
      std::transform(signature.begin(), signature.end(), signature.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (signature.find("sha1") != std::string::npos || signature.find("md5") != std::string::npos)
        return fail(one.subject + " is signed with " + one.signature,
                    "kubectl mesh certs rotate --root");
      if (one.key.starts_with("RSA") && one.key_bits < 2048)
        return fail(one.subject + " has a key of " + one.key, "kubectl mesh certs rotate --root");
    }
  }
  return pass(s.found.signing.front().key + ", " + s.found.signing.front().signature);
}

Verdict dates(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const Certificate* first = &s.found.signing.front();
  for (const Certificate& root : s.found.roots) {
    if (root.not_after < first->not_after) first = &root;
  }
  const long days = days_left(*first, s.now);
  const std::string evidence = first->subject + " ends on " + date_text(first->not_after) +
                               ", in " + std::to_string(days) + " days";
  if (s.found.signing.front().not_before > s.now)
    return fail("not valid before " + date_text(s.found.signing.front().not_before),
                "check the clock of this machine");
  if (days < s.fail_within) return fail(evidence, "kubectl mesh certs rotate --intermediate");
  if (days < k_warn_days)
    return {Severity::warning, evidence, "kubectl mesh certs rotate --intermediate"};
  return pass(evidence);
}

Verdict not_public(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  for (const std::vector<Certificate>* list : {&s.found.signing, &s.found.chain, &s.found.roots}) {
    for (const Certificate& one : *list) {
      if (is_public_sample(one))
        return fail(one.subject + " is Istio's sample CA: anybody has its key",
                    "replace it at once: delete the Secret, then kubectl mesh certs install");
    }
  }
  return pass("none of Istio's sample certificates");
}

Verdict in_use(const Subject& s) {
  if (s.facts.istiod_started.empty()) return skip("no istiod runs here");
  if (!s.facts.found)
    return fail("istiod runs with a root of its own",
                "kubectl mesh certs install, then restart istiod");
  const std::string& oldest =
      *std::min_element(s.facts.istiod_started.begin(), s.facts.istiod_started.end());
  if (s.facts.self_signed_secret)
    return {Severity::warning,
            "Secret istio-ca-secret is there: istiod began with a root of its own",
            "restart istiod, then delete Secret istio-system/istio-ca-secret"};
  if (!oldest.empty() && oldest < s.facts.changed)
    return {Severity::warning, "istiod started " + oldest + ", cacerts changed " + s.facts.changed,
            "kubectl -n istio-system rollout restart deployment/istiod"};
  return pass("istiod started after the Secret was written");
}

Verdict spread(const Subject& s) {
  if (s.facts.root_config_maps.empty()) return skip("no ConfigMap istio-ca-root-cert here");
  std::set<std::string> wanted;
  for (const Certificate& root : s.found.roots) wanted.insert(root.sha256);
  for (const auto& [name_space, pem] : s.facts.root_config_maps) {
    std::set<std::string> there;
    try {
      for (const Certificate& one : read_certificates(pem, "root")) there.insert(one.sha256);
    } catch (const Failure&) {
    }
    if (there != wanted)
      return fail("ConfigMap " + name_space + "/istio-ca-root-cert holds other roots",
                  "restart istiod; if that does not help, look at its log for \"root\"");
  }
  return pass(std::to_string(s.facts.root_config_maps.size()) + " namespaces carry the root");
}

struct Row {
  const char* id;
  const char* title;
  Verdict (*judge)(const Subject&);
};
// The checks, in the order in which one explains the next.
constexpr std::array<Row, 12> k_rows{{
    {"certs/complete", "Secret cacerts has its four files", complete},
    {"certs/parses", "every file of it can be read", parses},
    {"certs/key-matches", "the key belongs to the certificate", key_matches},
    {"certs/chain-verifies", "the chain leads to the root", chain_verifies},
    {"certs/is-ca", "the signing certificate is a CA", is_authority},
    {"certs/path-length", "it cannot sign further CAs", path_length},
    {"certs/order", "the chain begins with the signing CA", order},
    {"certs/algorithm", "keys and signatures are strong enough", algorithm},
    {"certs/dates", "no certificate ends soon", dates},
    {"certs/not-public", "its keys are not public", not_public},
    {"certs/in-use", "istiod signs with it", in_use},
    {"certs/root-spread", "every namespace carries the root", spread},
}};

/// One root set everywhere: without it no call crosses a cluster's border.
Finding same_root(const std::vector<Subject>& subjects) {
  Finding finding{.id = "certs/same-root",
                  .cluster = "*",
                  .severity = Severity::pass,
                  .title = "all clusters trust the same roots",
                  .evidence = {},
                  .fix = {}};
  std::map<std::set<std::string>, std::vector<std::string>> sets;
  for (const Subject& subject : subjects) {
    std::set<std::string> roots;
    for (const Certificate& root : subject.found.roots)
      roots.insert(short_fingerprint(root.sha256));
    sets[roots].push_back(subject.facts.cluster);
  }
  for (const auto& [roots, clusters] : sets) {
    std::string text;
    for (const std::string& root : roots) text += (text.empty() ? "" : "+") + root;
    finding.evidence +=
        (finding.evidence.empty() ? "" : "; ") + (text.empty() ? std::string("none") : text) +
        " in " + std::to_string(clusters.size()) +
        (clusters.size() == 1 ? " cluster (" + clusters.front() + ")" : " clusters");
  }
  if (sets.size() > 1) {
    finding.severity = Severity::failure;
    finding.fix =
        "kubectl mesh certs install for clusters without cacerts; kubectl mesh certs rotate --root "
        "to move others";
  }
  return finding;
}

CheckResult run_checks(const std::vector<std::string>& clusters, long fail_within,
                       const Host& host) {
  CheckResult result;
  const std::vector<ClusterFacts> all = read_facts(host, clusters, Depth::verify);
  const Time now = host.now();
  std::vector<Subject> subjects;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) {
      result.problems.push_back(*facts.problem);
    } else {
      subjects.push_back({facts, assess(facts, now), now, fail_within});
    }
  }
  for (const Subject& subject : subjects) {
    for (const Row& row : k_rows) {
      Verdict verdict = row.judge(subject);
      result.findings.push_back({.id = row.id,
                                 .cluster = subject.facts.cluster,
                                 .severity = verdict.severity,
                                 .title = row.title,
                                 .evidence = std::move(verdict.evidence),
                                 .fix = std::move(verdict.fix)});
    }
  }
  if (subjects.size() > 1) result.findings.push_back(same_root(subjects));
  return result;
}

long fail_within_of(const Json& options) {
  CommandRequest request;
  request.options = options;
  return static_cast<long>(request.duration("fail-within", std::chrono::hours(24 * 7)).count() /
                           86400);
}

class CertsCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "certs";
    extension.summary = "The shared CA: complete, sound, in use, the same everywhere";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    return run_checks(request.clusters, fail_within_of(request.options), host);
  }
};

}  // namespace

Report verify(const CommandRequest& request, const Host& host) {
  const CheckResult result = run_checks(request.clusters, fail_within_of(request.options), host);
  return report_of(result.findings, result.problems);
}

ExtensionPtr make_check() {
  return std::make_unique<CertsCheck>();
}

}  // namespace mesh::certs
