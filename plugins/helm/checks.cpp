#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "kubernetes_versions.hpp"
#include "objects.hpp"
#include "orphans.hpp"
#include "revisions.hpp"
#include "verbs.hpp"

#include "mesh/check_rows.hpp"
#include "mesh/counted.hpp"
#include "mesh/network_policies.hpp"

namespace mesh::helm {

namespace {

struct Subject {
  const ClusterFacts& facts;
  const Member& member;
  const MeshView& mesh;
};

constexpr const char* k_install = "kubectl mesh helm install, or up";

/// The istiod that is judged: of the revision that mesh.yaml selects.
const Json& istiod_in(const Subject& subject) {
  return selected_istiod(subject.facts);
}

Verdict without(const Subject& subject) {
  return skip(missing_istiod(subject.facts));
}

Verdict istiod_ready(const Subject& subject) {
  const Json& istiod = istiod_in(subject);
  if (istiod.is_null())
    return fail(missing_istiod(subject.facts),
                subject.facts.istiods.empty()
                    ? k_install
                    : "select the one that is there (helm: {revision: NAME} in mesh.yaml), or "
                      "install it: kubectl mesh helm install");
  const std::string text = text_at(istiod, "/metadata/name") + ": " + readiness(istiod);
  return is_ready(istiod) ? pass(text) : fail(text, "look at its pods and events");
}

Verdict one_default(const Subject& subject) {
  const auto count = std::count_if(
      subject.facts.istiods.begin(), subject.facts.istiods.end(),
      [](const Json& istiod) { return revision_in(value_at(istiod, "/metadata/labels")).empty(); });
  if (subject.facts.istiods.empty()) return skip("there is no istiod");
  if (count > 1) {
    return fail(std::to_string(count) + " istiods of the default revision",
                "remove one, or give it a revision");
  }
  const std::string tagged = tagged_default(subject.facts);
  if (count > 0 && !tagged.empty())
    return fail("there is an istiod of the default revision, and the tag default stands for " +
                    tagged + ": both inject where istio-injection=enabled",
                "remove the tag (istioctl tag remove default), or that istiod");
  return pass(std::to_string(subject.facts.istiods.size()) + " istiod");
}

/// Base's webhook validates with one istiod, and the gateway's proxies ask one for configuration.
Verdict followed_revisions(const Subject& subject) {
  const ClusterFacts& facts = subject.facts;
  if (facts.istiods.empty()) return skip("there is no istiod");
  const auto lost = [&](const std::string& revision) {
    const bool tag = revision.empty() && !tagged_default(facts).empty();
    return !tag && istiod_of(facts, revision).is_null();
  };
  const std::string fix = "kubectl mesh helm upgrade --default-revision NAME, of one that is there";
  const std::string base = revision_in(value_at(facts.validator, "/metadata/labels"));
  if (!facts.validator.is_null() && lost(base))
    return fail("istiod-default-validator leads to revision " + shown_revision(base) +
                    ", which has no istiod: objects of Istio cannot be written",
                fix);
  for (const Json& gateway : facts.gateways) {
    // Without the label its namespace says which, and that is not Istio's here.
    const bool by_namespace =
        text_at(gateway, "/metadata/namespace") != facts.name_space_name &&
        text_at(gateway, "/spec/template/metadata/labels/istio.io~1rev").empty();
    if (by_namespace) continue;
    const std::string revision = revision_in(value_at(gateway, "/spec/template/metadata/labels"));
    if (lost(revision))
      return fail(
          "the gateway follows revision " + shown_revision(revision) + ", which has no istiod",
          fix);
  }
  return pass("validated by " + shown_revision(base));
}

/// A value of istiod's environment beside what the mesh says.
Verdict environment(const Subject& subject, const char* name, const std::string& wanted,
                    const char* setting) {
  if (istiod_in(subject).is_null()) return without(subject);
  const std::string found = istiod_environment(istiod_in(subject), name);
  if (found == wanted) return pass(found);
  return fail(std::string(name) + " is \"" + found + "\", mesh.yaml says \"" + wanted + "\"",
              std::string("correct it there, or set ") + setting + " (" + k_install + ")");
}

Verdict cluster_name(const Subject& subject) {
  return environment(subject, "CLUSTER_ID", subject.member.name, "global.multiCluster.clusterName");
}

Verdict network_label(const Subject& subject) {
  const std::string found =
      text_at(subject.facts.name_space, "/metadata/labels/topology.istio.io~1network");
  if (found == subject.member.network) return pass(found);
  return fail(
      "topology.istio.io/network is \"" + found + "\", not \"" + subject.member.network + "\"",
      std::string("endpoints of this cluster are taken for local ones: ") + k_install);
}

Verdict trust_domain(const Subject& subject) {
  if (subject.facts.mesh_config_map.is_null()) return skip("there is no mesh configuration");
  if (!subject.facts.mesh_unread.empty())
    return fail(subject.facts.mesh_unread,
                "correct ConfigMap " + text_at(subject.facts.mesh_config_map, "/metadata/name") +
                    ": istiod keeps the configuration before");
  const std::string found = trust_domain_of(subject.facts);
  if (found == subject.mesh.trust_domain) return pass(found);
  // Whoever names a domain as an alias takes its identities for his own.
  for (const Json& alias : list_at(subject.facts.mesh_config, "/trustDomainAliases")) {
    if (alias == subject.mesh.trust_domain)
      return pass(found + ", with the alias " + subject.mesh.trust_domain);
  }
  return fail("trustDomain is " + found + ", not " + subject.mesh.trust_domain,
              "identities of this cluster are strangers to the others: set meshConfig.trustDomain");
}

Verdict webhook_trusted(const Subject& subject) {
  if (subject.facts.webhook.is_null()) {
    return fail("there is no injection webhook", k_install);
  }
  for (const Json& hook : list_at(subject.facts.webhook, "/webhooks")) {
    if (text_at(hook, "/clientConfig/caBundle").empty()) {
      return fail(text_at(hook, "/name") + " has no caBundle", "look whether istiod runs");
    }
  }
  return pass(text_at(subject.facts.webhook, "/metadata/name"));
}

constexpr const char* k_gateway_fix =
    "kubectl mesh helm install, or up; or label the Service of a gateway of yours";

std::string gateway_name(const Subject& subject) {
  return text_at(subject.facts.gateway_service, "/metadata/namespace") + "/" +
         text_at(subject.facts.gateway_service, "/metadata/name");
}

Verdict gateway_ready(const Subject& subject) {
  if (subject.facts.gateways.empty() || subject.facts.gateway_service.is_null()) {
    if (subject.facts.gateway_service.is_null())
      return fail(
          "there is no east-west gateway: no Service with the label topology.istio.io/network and "
          "port 15443",
          k_gateway_fix);
    return skip("no Deployment is behind Service " + gateway_name(subject));
  }
  const Json& gateway = subject.facts.gateways.front();
  if (!is_ready(gateway)) return fail(readiness(gateway), "look at its pods and events");
  return pass(readiness(gateway));
}

Verdict kubernetes_version(const Subject& subject) {
  if (istiod_in(subject).is_null()) return without(subject);
  if (subject.facts.kubernetes.empty()) return skip("the API server did not tell its version");
  VersionFit fit = version_fit(image_tag(istiod_in(subject)), subject.facts.kubernetes);
  return {fit.severity, std::move(fit.evidence), std::move(fit.fix)};
}

/// The first port of a workload that the namespace's policies let nobody in to.
Verdict open_ports(const Subject& subject, const Json& workload, const std::vector<int>& ports,
                   PolicySender::Who senders) {
  const auto policies = subject.facts.policies.find(text_at(workload, "/metadata/namespace"));
  if (policies == subject.facts.policies.end()) return skip("NetworkPolicies could not be read");
  for (const int port : ports) {
    const std::string policy =
        shut_by(policies->second, policy_target(workload, port), {.who = senders});
    if (policy.empty()) continue;
    return fail("NetworkPolicy " + policy + " lets nobody in to port " + std::to_string(port),
                senders == PolicySender::Who::outside
                    ? "allow ingress to that port from anywhere, or from the other clusters"
                    : "allow ingress to that port from all namespaces and the API server");
  }
  return pass("nothing is shut off");
}

Verdict istiod_policies(const Subject& subject) {
  if (istiod_in(subject).is_null()) return without(subject);
  // Proxies ask for configuration and certificates, the API server for injection.
  return open_ports(subject, istiod_in(subject), {15012, 15017}, PolicySender::Who::any);
}

Verdict gateway_policies(const Subject& subject) {
  if (subject.facts.gateways.empty()) return skip("there is no east-west gateway");
  return open_ports(subject, subject.facts.gateways.front(), {15443}, PolicySender::Who::outside);
}

Verdict gateway_address(const Subject& subject) {
  if (subject.facts.gateway_service.is_null()) return skip("there is no gateway Service");
  const std::vector<std::string> addresses = gateway_addresses(subject.facts.gateway_service);
  if (addresses.empty()) {
    return fail("the load balancer has given no address yet",
                "wait for it, or look why the cloud gives none (kubectl describe service)");
  }
  std::string text;
  for (const std::string& address : addresses) text += (text.empty() ? "" : ", ") + address;
  return pass(text);
}

Verdict gateway_network(const Subject& subject) {
  if (subject.facts.gateway_service.is_null()) return skip("there is no gateway Service");
  const std::string found =
      text_at(subject.facts.gateway_service, "/metadata/labels/topology.istio.io~1network");
  if (found == subject.member.network) return pass(found);
  return fail("Service " + gateway_name(subject) + " says network \"" + found + "\", not \"" +
                  subject.member.network + "\"",
              "set its label topology.istio.io/network to " + subject.member.network + " (" +
                  k_install + ", if this tool made it)");
}

/// Any Gateway opens it that selects its pods; the charts' has a well-known name and no other
/// merit.
Verdict exposes(const Subject& subject) {
  const ClusterFacts& facts = subject.facts;
  const int port = facts.gateway_service.is_null() ? 15443 : gateway_port(facts.gateway_service);
  const std::string wanted = "AUTO_PASSTHROUGH on " + std::to_string(port);
  std::string other;
  for (const Passthrough& one : facts.opened) {
    const bool selected =
        std::any_of(facts.gateways.begin(), facts.gateways.end(), [&](const Json& gateway) {
          return selects({{"matchLabels", one.selector}},
                         labels_of(value_at(gateway, "/spec/template/metadata/labels")));
        });
    if (!selected && !facts.gateways.empty()) continue;
    if (one.ports.contains(port)) return pass(one.name_space + "/" + one.name + ": " + wanted);
    other = one.name_space + "/" + one.name;
  }
  if (!other.empty())
    return fail("Gateway " + other + " has no server with " + wanted, "add one to it");
  return fail("no Gateway with " + wanted + " selects the gateway's pods",
              std::string(k_install) + ", which make Gateway cross-network-gateway");
}

/// A webhook that is left behind by an istiod that is gone stops what it is called for.
Verdict webhooks_answer(const Subject& subject) {
  const ClusterFacts& facts = subject.facts;
  if (facts.injectors.empty() && facts.validators.empty()) return skip("there is no webhook");
  for (const Orphan& orphan : facts.orphans) {
    if (orphan.fails_closed)
      return fail(text_of(orphan), "delete it: " + deletion_of(orphan, facts.cluster));
  }
  return pass(counted(facts.injectors.size() + facts.validators.size(), "webhook configuration"));
}

constexpr auto k_rows = std::to_array<CheckRow<Subject>>({
    {"istio/istiod-ready", "istiod runs", istiod_ready},
    {"istio/kubernetes-version", "its Kubernetes is one that this Istio supports",
     kubernetes_version},
    {"istio/istiod-policies", "no NetworkPolicy shuts istiod off", istiod_policies},
    {"istio/one-default-revision", "one istiod is the default", one_default},
    {"istio/followed-revisions", "base and the gateway follow an istiod that is there",
     followed_revisions},
    {"istio/cluster-name", "istiod knows its cluster's name", cluster_name},
    {"istio/trust-domain", "the trust domain is the mesh's", trust_domain},
    {"istio/network-label", "the namespace names the cluster's network", network_label},
    {"istio/webhook-trusted", "the injection webhook is trusted", webhook_trusted},
    {"istio/webhooks-answer", "every webhook of Istio calls a Service that is there",
     webhooks_answer},
    {"istio/gateway-ready", "the east-west gateway runs", gateway_ready},
    {"istio/gateway-policies", "no NetworkPolicy shuts the east-west gateway off",
     gateway_policies},
    {"istio/gateway-address", "the east-west gateway has an address", gateway_address},
    {"istio/gateway-network", "the gateway stands for the cluster's network", gateway_network},
    {"istio/exposes-services", "services are exposed through the gateway", exposes},
});

/// Minor versions of all clusters: Istio supports a difference of one.
Finding same_versions(const std::vector<ClusterFacts>& all) {
  Finding finding{.id = "istio/version-skew",
                  .cluster = "*",
                  .severity = Severity::pass,
                  .title = "versions of Istio are at most one minor apart",
                  .evidence = {},
                  .fix = {}};
  std::set<int> minors;
  for (const ClusterFacts& facts : all) {
    if (selected_istiod(facts).is_null()) continue;
    const std::string tag = image_tag(selected_istiod(facts));
    finding.evidence += (finding.evidence.empty() ? "" : ", ") + facts.cluster + " " + tag;
    if (minor_of(tag) >= 0) minors.insert(minor_of(tag));
  }
  if (minors.empty()) finding.severity = Severity::skipped;
  if (minors.size() > 1 && *minors.rbegin() - *minors.begin() > 1) {
    finding.severity = Severity::failure;
    finding.fix = "kubectl mesh helm upgrade, the oldest first";
  }
  return finding;
}

class IstioCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "istio";
    extension.summary = "istiod, its configuration and the east-west gateway of every cluster";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    const Wanted wanted = wanted_of({.verb = {},
                                     .clusters = request.clusters,
                                     .options = Json::object(),
                                     .settings = request.settings});
    std::vector<ClusterFacts> all = read_facts(host, request.clusters, wanted);
    read_versions(host, all);
    read_policies(host, all);
    read_orphans(host, all);
    CheckResult result;
    for (const ClusterFacts& facts : all) {
      if (facts.problem) result.problems.push_back(*facts.problem);
    }
    result.findings = findings_of(all, request.mesh);
    return result;
  }
};

}  // namespace

std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all, const MeshView& mesh) {
  std::vector<Finding> findings;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) continue;
    const Subject subject{facts, mesh.member(facts.cluster), mesh};
    judge<Subject>(k_rows, facts.cluster, subject, findings);
  }
  if (all.size() > 1) findings.push_back(same_versions(all));
  return findings;
}

ExtensionPtr make_check() {
  return std::make_unique<IstioCheck>();
}

}  // namespace mesh::helm
