#include <algorithm>
#include <set>

#include "checks.hpp"
#include "rules.hpp"
#include "sets.hpp"

#include "mesh/counted.hpp"

namespace mesh::certs {

namespace {

constexpr std::chrono::days k_warn_within{30};
constexpr const char* k_path_length_words = "path length constraint exceeded";

/// A broken Secret of ours is replaced by a new installation; another's is not ours to touch.
std::string repair(const Subject& s) {
  return repair_text(s.facts, s.found);
}

const Certificate& signer(const Subject& s) {
  return s.found.signing.front();
}

bool readable(const Subject& s) {
  return !s.found.signing.empty() && !s.found.roots.empty() && !s.found.chain.empty();
}

bool key_fits(const Subject& s) {
  return readable(s) && s.found.key && s.found.key->key_hash == signer(s).key_hash;
}

std::vector<const Certificate*> all_of(const Subject& s) {
  std::vector<const Certificate*> all;
  for (const std::vector<Certificate>* list : {&s.found.signing, &s.found.chain, &s.found.roots}) {
    for (const Certificate& one : *list) all.push_back(&one);
  }
  return all;
}

std::string chain_words(const Subject& s) {
  return chain_problem(signer(s), s.found.chain, s.found.roots, std::nullopt);
}

/// What OpenSSL says to a workload under it, the dates left to their own row; only where the rows
/// before pass.
std::string trial_words(const Subject& s) {
  return workload_problem(signer(s), *s.found.key, s.found.chain, s.found.roots, std::nullopt);
}

bool can_try(const Subject& s) {
  return key_fits(s) && signer(s).is_ca && signer(s).can_sign && chain_words(s).empty();
}

Verdict complete(const Subject& s) {
  if (!s.facts.found)
    return fail(secret_name(s.facts) + " is not there",
                "kubectl mesh certs install --contexts " + s.facts.cluster);
  if (!s.facts.missing.empty()) return fail(s.found.why, repair(s));
  if (!s.facts.shadowed) return pass("istiod reads " + file_names(s.facts.files));
  return warn(
      "it holds two CAs: istiod reads " + file_names(s.facts.files) + " and not the other files",
      "remove the files of the CA that is not meant");
}

Verdict parses(const Subject& s) {
  if (!s.facts.missing.empty() || !s.facts.found) return skip("incomplete");
  if (s.found.state == Assessment::State::unreadable) return fail(s.found.why, repair(s));
  return pass(counted(all_of(s).size(), "certificate") + " and a key");
}

Verdict key_matches(const Subject& s) {
  if (!readable(s) || !s.found.key) return skip("not readable");
  return key_fits(s) ? pass(signer(s).key)
                     : fail(std::string(s.facts.files.ca_key) + " does not belong to " +
                                std::string(s.facts.files.ca_cert),
                            repair(s));
}

Verdict chain_verifies(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const std::string problem = chain_words(s);
  return problem.empty() ? pass("OpenSSL, strict: ok")
                         : fail("OpenSSL says: " + problem, repair(s));
}

Verdict is_authority(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  if (!signer(s).is_ca) return fail(signer(s).subject + " is a leaf, not a CA", repair(s));
  if (!signer(s).can_sign)
    return fail(signer(s).subject + " lacks the key usage keyCertSign", repair(s));
  return pass("CA:TRUE, keyCertSign");
}

Verdict path_length(const Subject& s) {
  if (!can_try(s)) return skip("not readable, or no CA");
  if (trial_words(s) == k_path_length_words)
    return fail("an issuer's pathlen forbids it to sign workloads", "have its issuer made anew");
  if (signer(s).path_length) return pass("pathlen:" + std::to_string(*signer(s).path_length));
  return warn("no path length: it could sign further CAs",
              "kubectl mesh certs rotate --intermediate");
}

Verdict signs_workloads(const Subject& s) {
  if (!can_try(s)) return skip("not readable, or no CA");
  const std::string problem = trial_words(s);
  if (problem == k_path_length_words) return skip("its path length is at fault");
  return problem.empty() ? pass("OpenSSL, strict: a trial certificate verifies")
                         : fail("OpenSSL says of a trial certificate: " + problem,
                                "look at name constraints and key usages of its issuers");
}

Verdict order(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  return s.found.chain.front().sha256 == signer(s).sha256
             ? pass(std::string(s.facts.files.cert_chain) + " begins with the signing CA")
             : fail(std::string(s.facts.files.cert_chain) + " begins with " +
                        s.found.chain.front().subject + ", not with the certificate of " +
                        std::string(s.facts.files.ca_cert),
                    repair(s));
}

Verdict algorithm(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  for (const Certificate* one : all_of(s)) {
    const std::string weak = weakness(*one);
    if (!weak.empty())
      return fail(one->subject + " " + weak, "make a new root: certs rotate --root");
  }
  return pass(signer(s).key + ", " + signer(s).signature);
}

Verdict dates(const Subject& s) {
  if (!readable(s)) return skip("not readable");
  const std::vector<const Certificate*> all = all_of(s);
  for (const Certificate* one : all) {
    if (one->not_before > s.now)
      return fail(one->subject + " is not valid before " + date_text(one->not_before),
                  "check the clock of this machine");
  }
  const Certificate* first = *std::min_element(
      all.begin(), all.end(),
      [](const Certificate* a, const Certificate* b) { return a->not_after < b->not_after; });
  const bool is_signer = first->sha256 == signer(s).sha256;
  const std::string fix =
      is_signer ? "kubectl mesh certs rotate --intermediate" : "kubectl mesh certs rotate --root";
  const std::string evidence = first->subject + " ends on " + date_text(first->not_after) +
                               ", in " +
                               counted(static_cast<std::size_t>(days_left(*first, s.now)), "day");
  const auto left = first->not_after - s.now;
  if (left <= std::chrono::seconds(0))
    return fail(first->subject + " expired on " + date_text(first->not_after), fix);
  if (left < s.fail_within) return fail(evidence, fix);
  return left < k_warn_within ? warn(evidence, fix) : pass(evidence);
}

Verdict not_public(const Subject& s) {
  if (all_of(s).empty()) return skip("not readable");
  for (const Certificate* one : all_of(s)) {
    if (is_public_sample(*one))
      return fail(
          one->subject + " is Istio's sample CA: anybody has its key",
          "replace it at once: " + delete_command(s.facts) + ", then kubectl mesh certs install");
  }
  return pass("none of Istio's sample certificates");
}

Verdict revocations(const Subject& s) {
  if (s.facts.crl.empty()) return pass("there is no ca-crl.pem");
  if (!readable(s)) return skip("not readable");
  const std::string problem = crl_problem(s.facts.crl, s.found.chain);
  if (problem.empty()) return pass("a list of each CA of the chain");
  return fail("ca-crl.pem " + problem + "; istiod does not start with it",
              "add the list, or remove ca-crl.pem from the Secret");
}

Verdict in_use(const Subject& s) {
  if (s.facts.istiod.empty()) return skip("no istiod runs here");
  if (!s.facts.found)
    return fail("istiod runs with a root of its own",
                "kubectl mesh certs install, then restart istiod");
  const IstiodPod& oldest = *std::min_element(
      s.facts.istiod.begin(), s.facts.istiod.end(),
      [](const IstiodPod& a, const IstiodPod& b) { return a.started < b.started; });
  const auto since = [&](const std::string& what, const std::string& when) {
    return "istiod started on " + oldest.started + ", the Secret was " + what + " on " + when;
  };
  if (!oldest.started.empty() && oldest.started < s.facts.created)
    return fail(since("made", s.facts.created) + ": it does not use it", restart_text(s.facts));
  if (!oldest.started.empty() && oldest.started < s.facts.changed && !oldest.multi_root)
    return warn(since("changed", s.facts.changed), restart_text(s.facts));
  if (s.facts.self_signed_secret)
    return warn("Secret istio-ca-secret is left over from a root of istiod's own",
                "kubectl --context " + s.facts.cluster + " -n " + s.facts.name_space +
                    " delete secret istio-ca-secret");
  return pass("istiod started after the Secret was written");
}

Verdict spread(const Subject& s) {
  if (s.facts.root_config_maps.empty()) return skip("no ConfigMap istio-ca-root-cert here");
  if (s.found.roots.empty()) return skip("no root to compare with");
  for (const auto& [name_space, pem] : s.facts.root_config_maps) {
    std::set<std::string> there;
    try {
      there = fingerprints(read_certificates(pem, "istio-ca-root-cert"));
    } catch (const Failure&) {  // carries no root at all
    }
    if (there != fingerprints(s.found.roots))
      return fail("ConfigMap " + name_space + "/istio-ca-root-cert holds other roots",
                  "restart istiod; if that does not help, look at its log for \"root\"");
  }
  return pass(counted(s.facts.root_config_maps.size(), "namespace carries", "namespaces carry") +
              " the root");
}

/// What keeps the rows about proxies from being judged; empty: nothing.
std::string no_proxies(const Subject& s) {
  if (s.mesh == nullptr || s.found.roots.empty()) return "no root to compare with";
  if (in_use(s).severity == Severity::failure) return "istiod does not sign with the Secret";
  if (!s.mesh->same_roots()) return "the clusters trust different roots";
  return s.facts.proxies.empty() ? "no proxy runs here" : "";
}

std::string proxies_text(const Subject& s) {
  const std::string unread = unread_text(s.facts);
  return counted(s.facts.proxies.size(), "proxy", "proxies") +
         (unread.empty() ? "" : "; " + unread + ", judged by age, which is an inference");
}

Verdict unlisted(const Subject& s) {
  return warn("proxies are not known: " + s.facts.unlisted->message,
              "allow to list pods and to create pods/portforward");
}

Verdict proxies_trust(const Subject& s) {
  if (s.facts.unlisted) return unlisted(s);
  const std::string excuse = no_proxies(s);
  if (!excuse.empty()) return skip(excuse);
  const std::vector<Lack> lacks = s.mesh->distrust(s.facts);
  if (!lacks.empty()) return fail(lacks_text(lacks), restart_command(s.facts.cluster, lacks));
  return pass(counted(s.mesh->issuers(), "issuer") + " in use; " + proxies_text(s));
}

Verdict proxies_present(const Subject& s) {
  const std::string excuse = s.facts.unlisted ? "proxies are not known" : no_proxies(s);
  if (!excuse.empty()) return skip(excuse);
  std::vector<Lack> lacks;
  for (const SeenProxy& proxy : s.facts.proxies) {
    if (!proxy.chain.empty() && proxy.chain.front().not_after <= s.now)
      lacks.push_back({.proxy = &proxy,
                       .what = "presents a certificate that expired on " +
                               date_text(proxy.chain.front().not_after)});
  }
  for (Lack& lack : s.mesh->dropped(s.facts)) lacks.push_back(std::move(lack));
  if (!lacks.empty()) return fail(lacks_text(lacks), restart_command(s.facts.cluster, lacks));
  lacks = s.mesh->outgoing(s.facts);
  if (!lacks.empty()) return warn(lacks_text(lacks), restart_command(s.facts.cluster, lacks));
  return pass(proxies_text(s));
}

// In the order in which one explains the next.
constexpr auto k_check_rows = std::to_array<CheckRow<Subject>>({
    {"certs/complete", "Secret cacerts has its four files", complete},
    {"certs/parses", "every file of it can be read", parses},
    {"certs/key-matches", "the key belongs to the certificate", key_matches},
    {"certs/chain-verifies", "the chain leads to the root", chain_verifies},
    {"certs/is-ca", "the signing certificate is a CA", is_authority},
    {"certs/path-length", "it may sign workloads and no further CAs", path_length},
    {"certs/signs-workloads", "a workload's certificate under it verifies", signs_workloads},
    {"certs/order", "the chain begins with the signing CA", order},
    {"certs/algorithm", "keys and signatures are strong enough", algorithm},
    {"certs/dates", "no certificate ends soon", dates},
    {"certs/not-public", "its keys are not public", not_public},
    {"certs/revocations", "revocation lists, if there are any, cover the chain", revocations},
    {"certs/in-use", "istiod signs with it", in_use},
    {"certs/root-spread", "every namespace carries the root", spread},
    {"certs/proxies-trust", "proxies trust every issuer in use", proxies_trust},
    {"certs/proxies-present", "no proxy presents a certificate that is expired or of a dropped CA",
     proxies_present},
});

}  // namespace

std::span<const CheckRow<Subject>> check_rows() {
  return k_check_rows;
}

}  // namespace mesh::certs
