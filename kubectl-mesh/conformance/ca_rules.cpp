#include <algorithm>
#include <initializer_list>
#include <set>

#include "conformance/candidate.hpp"
#include "conformance/certificates.hpp"

#include "mesh/lookup.hpp"

// ca/1, judged with OpenSSL and the key of the request.

namespace mesh::conformance {

namespace {

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> found;
  for (const Json& entry : list) {
    if (entry.is_string()) found.push_back(entry);
  }
  return found;
}

/// One entry of `issued`.
struct Issued : Issuance {
  std::string cluster;
};

std::vector<Issued> issued_in(const Ask& ask, const Json& reply) {
  std::vector<Issued> all;
  for (const Json& entry : lookup::list(reply, "/issued")) {
    const std::string cluster = lookup::text(entry, "/cluster");
    all.push_back({{.csr = intermediate_request(cluster),
                    .chain = texts(lookup::list(entry, "/chain")),
                    .roots = texts(lookup::list(reply, "/roots")),
                    .days = lookup::number(ask.request, "/policy/days")},
                   cluster});
  }
  return all;
}

/// The reply to the verb `issue` of every strategy that has it.
Verdict each_issue(const Subject& subject,
                   const std::function<std::string(const Ask&, const Json& reply)>& judge) {
  bool issued = false;
  std::string refusal = "no strategy of it issues certificates";
  const Verdict verdict =
      each_ask(subject, "ca/1", [&](Candidate& candidate, const Ask& ask) -> std::string {
        if (ask.verb != "issue") return {};
        const Reply reply = candidate.answer(ask);
        if (reply.code != MESH_OK) {
          refusal = words_of(ask) + " refused: " + reply.text;
          return {};
        }
        const Json document = parse_json(reply.text, "its reply");
        const std::string awaited = lookup::text(document, "/pending/message");
        if (!awaited.empty()) {
          refusal = words_of(ask) + " waits: " + awaited;
          return {};
        }
        issued = true;
        return judge(ask, document);
      });
  return verdict.severity == Severity::pass && !issued ? skipped(refusal) : verdict;
}

Verdict each_certificate(const Subject& subject,
                         const std::function<std::string(const Ask&, const Issued&)>& judge) {
  return each_issue(subject, [&](const Ask& ask, const Json& reply) -> std::string {
    for (const Issued& issued : issued_in(ask, reply)) {
      const std::string objection = judge(ask, issued);
      if (!objection.empty()) return issued.cluster + ": " + objection;
    }
    return {};
  });
}

Verdict answers_each_request(const Subject& subject) {
  return each_issue(subject, [](const Ask& ask, const Json& reply) -> std::string {
    std::multiset<std::string> wanted;
    std::multiset<std::string> given;
    for (const Json& one : ask.request.at("requests")) wanted.insert(one.at("cluster"));
    for (const Issued& one : issued_in(ask, reply)) given.insert(one.cluster);
    return wanted == given ? ""
                           : "it issued " + std::to_string(given.size()) + " for " +
                                 std::to_string(wanted.size()) + " requests, or for others";
  });
}

/// Whether a certificate is sound enough for another rule to judge it.
bool is_sound(const Issued& one, std::initializer_list<IssuanceRule> rules) {
  return std::all_of(rules.begin(), rules.end(),
                     [&](IssuanceRule rule) { return objection(rule, one).empty(); });
}

/// The rules that the host holds each answer to as well.
template <IssuanceRule rule>
Verdict keeps(const Subject& subject) {
  return each_certificate(subject, [](const Ask&, const Issued& one) -> std::string {
    const bool other =
        rule == IssuanceRule::path_length && !is_sound(one, {IssuanceRule::authority});
    return other ? "" : objection(rule, one);
  });
}

/// What is wrong with the intermediate alone, other rules say.
Verdict serves_workloads(const Subject& subject) {
  return each_certificate(subject, [](const Ask&, const Issued& one) -> std::string {
    const bool sound =
        is_sound(one, {IssuanceRule::chain, IssuanceRule::key, IssuanceRule::authority});
    return sound ? bad_workload(one.cluster, one) : "";
  });
}

Verdict numbers_each(const Subject& subject) {
  return each_issue(subject, [](const Ask& ask, const Json& reply) -> std::string {
    std::set<std::string> serials;
    for (const Issued& one : issued_in(ask, reply)) {
      if (one.chain.empty()) continue;
      const std::string serial = serial_of(one.chain.front());
      if (!serials.insert(serial).second)
        return "two certificates have the serial number " + serial;
    }
    return {};
  });
}

/// `keep` is for the operator's own files, which are never shown; a strategy that brings keys does
/// so on purpose.
Verdict keeps_private_keys(const Subject& subject) {
  return each_ask(subject, "ca/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    const Reply reply = candidate.answer(ask);
    if (ask.verb == "bring") return {};
    if (reply.code != MESH_OK) {
      return reply.text.find("PRIVATE KEY") == std::string::npos ? "" : "its Problem holds a key";
    }
    Json shown = parse_json(reply.text, "its reply");
    shown.erase("keep");
    return to_text(shown).find("PRIVATE KEY") == std::string::npos ? "" : "its reply holds a key";
  });
}

Verdict wants_proof(const Subject& subject) {
  const Verdict issues = keeps<IssuanceRule::chain>(subject);
  if (issues.severity == Severity::skipped) return issues;
  return each_ask(subject, "ca/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    if (ask.verb != "issue") return {};
    Ask forged = ask;
    for (Json& one : forged.request["requests"]) one["csr"] = forged_request();
    return candidate.answer(forged).code == MESH_OK ? "it signed a request whose signature is wrong"
                                                    : "";
  });
}

}  // namespace

const std::vector<Rule>& ca_rules() {
  static const std::vector<Rule> rules{
      {"ca/each-request", "each request gets one certificate",
       "a cluster without one stays out of the mesh", "answer requests one by one, in their order",
       answers_each_request},
      {"ca/chain", "the chain leads to the roots of the reply",
       "workloads of the other clusters would refuse it",
       "give the issuers in `chain`, the root in `roots`; try it with openssl verify -x509_strict",
       keeps<IssuanceRule::chain>},
      {"ca/key", "the certificate holds the key of the request",
       "the private key never leaves the certs concern; another key is of no use",
       "take the public key from the request", keeps<IssuanceRule::key>},
      {"ca/authority", "the certificate may sign certificates",
       "istiod signs those of workloads with it",
       "set basicConstraints CA:TRUE and keyUsage keyCertSign, both critical",
       keeps<IssuanceRule::authority>},
      {"ca/path-length", "the certificate may make no further authorities",
       "who takes one cluster must not be able to make authorities of his own",
       "set basicConstraints pathlen:0", keeps<IssuanceRule::path_length>},
      {"ca/names",
       "the certificate has subject and alternative names of the request, and no others",
       "with a name of its own choice a cluster could stand for another one, or for a server",
       "copy the subject and the subjectAltName from the request", keeps<IssuanceRule::names>},
      {"ca/workload", "a workload's certificate that it signs leads to the roots",
       "else every connection fails although the intermediate looks right",
       "look at the path length and the name constraints of the issuers", serves_workloads},
      {"ca/dates", "the certificate is valid now, and not longer than its issuer",
       "one that outlives its issuer fails on the day that nobody expects",
       "cut notAfter to the issuer's; leave some minutes for clocks that differ in notBefore",
       keeps<IssuanceRule::dates>},
      {"ca/days", "the certificate does not live longer than it was asked for",
       "rotation is planned by it", "keep to policy.days", keeps<IssuanceRule::days>},
      {"ca/serial", "no two certificates have one serial number",
       "revocation and logs tell certificates apart by it", "use 64 random bits at least",
       numbers_each},
      {"ca/no-private-key", "no reply shows a private key",
       "replies are shown, logged and journalled",
       "put what the strategy must find again into `keep`", keeps_private_keys},
      {"ca/proof", "a request that its sender did not sign is refused",
       "somebody else's key must not get a certificate",
       "verify the request's signature with the key in it", wants_proof},
  };
  return rules;
}

}  // namespace mesh::conformance
