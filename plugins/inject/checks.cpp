#include "checks.hpp"

#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::inject {

namespace {

std::vector<const SeenNamespace*> enabled_in(const ClusterFacts& facts) {
  std::vector<const SeenNamespace*> list;
  for (const auto& [name, one] : facts.namespaces) {
    const Saying::Kind kind = saying_of(one.labels).kind;
    if (kind == Saying::Kind::enabled || kind == Saying::Kind::revision) list.push_back(&one);
  }
  return list;
}

Verdict labels_agree(const ClusterFacts& facts) {
  for (const auto& [name, one] : facts.namespaces) {
    const Saying saying = saying_of(one.labels);
    if (saying.conflicting)
      return fail("namespace " + name + " has istio-injection=" + one.labels.at(k_injection) +
                      " and istio.io/rev=" + saying.revision + ": the revision has no effect",
                  "kubectl --context " + facts.cluster + " label namespace " + name + " " +
                      k_injection + "- (or " + k_revision + "-)");
  }
  const std::size_t count = enabled_in(facts).size();
  return pass(counted(count, "namespace") + " for sidecars, no contradiction");
}

/// What no selector takes is not there for istiod: it has no endpoints and no configuration of it.
Verdict discovered(const ClusterFacts& facts) {
  const auto enabled = enabled_in(facts);
  if (enabled.empty()) return skip("no namespace asks for sidecars");
  for (const SeenNamespace* one : enabled) {
    const Saying saying = saying_of(one->labels);
    const bool usual = saying.kind == Saying::Kind::enabled;
    const auto found = facts.discovery.find(usual ? "default" : saying.revision);
    if (found == facts.discovery.end() || found->second.empty()) continue;
    const bool taken =
        std::any_of(found->second.begin(), found->second.end(),
                    [&](const Json& selector) { return selects(selector, one->labels); });
    if (!taken)
      return fail("no entry of meshConfig.discoverySelectors takes namespace " + one->name + " (" +
                      text_of(one->labels) + ")",
                  "give it a label that one takes, or add a selector for it");
  }
  return pass(facts.discovery.empty() ? "istiod looks at all namespaces"
                                      : "meshConfig.discoverySelectors take them all");
}

Verdict webhook_there(const ClusterFacts& facts) {
  const auto enabled = enabled_in(facts);
  for (const SeenNamespace* one : enabled) {
    if (const Webhook* blocking = blocking_webhook(facts.webhooks, one->labels, {}))
      return fail(unanswered_text(*blocking) + ": no new pod starts in namespace " + one->name,
                  unanswered_fix(facts.cluster, *blocking));
    const Webhook* hook = webhook_for(facts.webhooks, one->labels, {});
    if (hook != nullptr && hook->served) continue;
    if (hook != nullptr)
      return fail(
          unanswered_text(*hook) + ": new pods of namespace " + one->name + " get no sidecar",
          unanswered_fix(facts.cluster, *hook));
    const std::string there = revisions_text(facts.webhooks);
    return fail("nothing injects into namespace " + one->name + " (" + text_of(one->labels) + ")",
                there.empty() ? "kubectl mesh helm install --contexts " + facts.cluster
                              : "revisions here: " + there +
                                    "; kubectl mesh inject enable "
                                    "--revision NAME --namespaces " +
                                    one->name);
  }
  const auto left = std::find_if(facts.webhooks.begin(), facts.webhooks.end(),
                                 [](const Webhook& hook) { return !hook.served; });
  if (left != facts.webhooks.end())
    return warn(unanswered_text(*left) + "; no namespace asks for it",
                unanswered_fix(facts.cluster, *left));
  if (enabled.empty()) return skip("no namespace asks for sidecars");
  return pass("revisions: " + revisions_text(facts.webhooks));
}

Verdict webhook_trusted(const ClusterFacts& facts) {
  if (facts.webhooks.empty()) return skip("no webhook of Istio's here");
  for (const Webhook& hook : facts.webhooks) {
    if (!hook.served) continue;  // webhook-there says so
    const std::string fault = webhook_fault(facts, hook);
    if (!fault.empty())
      return fail("webhook " + hook.configuration + ": " + fault,
                  "restart istiod; new pods do not start as long as it is so");
  }
  if (facts.root.empty()) return skip("ConfigMap istio-ca-root-cert is not there to compare with");
  return pass("its CA is the root that istiod spreads");
}

/// What is said of pods that have no fault: of one, and of several.
struct Good {
  const char* one;
  const char* many;
};

/// The first pod of which `fault` says something.
template <typename Fault>
Verdict each_pod(const ClusterFacts& facts, const Good& good, const char* fix, Fault fault) {
  std::string first;
  std::size_t bad = 0;
  std::size_t all = 0;
  for (const SeenNamespace* one : enabled_in(facts)) {
    for (const SeenPod& pod : facts.pods) {
      if (pod.name_space != one->name) continue;
      const std::optional<std::string> why = fault(*one, pod);
      if (!why) continue;
      ++all;
      if (why->empty()) continue;
      if (++bad == 1) first = pod.name_space + "/" + pod.name + " " + *why;
    }
  }
  if (all == 0) return skip("no pod to judge");
  if (bad == 0) return pass(counted(all, good.one, good.many));
  return fail(std::to_string(bad) + " of " + counted(all, "pod") + ": " + first,
              std::string(fix) + " --contexts " + facts.cluster);
}

constexpr const char* k_restart = "kubectl mesh inject restart";

Verdict pods_injected(const ClusterFacts& facts) {
  return each_pod(facts, {"pod has its sidecar", "pods have their sidecar"}, k_restart,
                  [&](const SeenNamespace& one, const SeenPod& pod) -> std::optional<std::string> {
                    const PodState state = state_of(facts, one.labels, pod);
                    if (state.kind == PodState::Kind::outside) return std::nullopt;
                    return state.kind == PodState::Kind::without ? state.why : std::string();
                  });
}

Verdict proxy_settings(const ClusterFacts& facts) {
  return each_pod(facts, {"proxy says the settings of now", "proxies say the settings of now"},
                  k_restart,
                  [&](const SeenNamespace& one, const SeenPod& pod) -> std::optional<std::string> {
                    if (!pod.injected) return std::nullopt;
                    const Webhook* hook = webhook_for(facts.webhooks, one.labels, pod.labels);
                    if (hook == nullptr) return std::nullopt;
                    const bool other = !pod.revision.empty() && !hook->revision.empty() &&
                                       pod.revision != hook->revision;
                    if (other) return "is of revision " + pod.revision + ", not " + hook->revision;
                    return settings_fault(facts, hook->revision, pod);
                  });
}

Verdict proxy_version(const ClusterFacts& facts) {
  return each_pod(facts, {"proxy of istiod's minor version", "proxies of istiod's minor version"},
                  k_restart,
                  [&](const SeenNamespace&, const SeenPod& pod) -> std::optional<std::string> {
                    if (!pod.injected || pod.version.empty()) return std::nullopt;
                    return version_fault(facts, pod);
                  });
}

class InjectCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "inject";
    extension.summary = "Sidecars: labels, webhooks, pods";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    Asked asked = asked_of(request);
    asked.namespaces.clear();  // all that ask for sidecars, whoever labelled them
    Look look = look_of(asked);
    look.workloads = false;
    const std::vector<ClusterFacts> all = read_facts(host, look);
    CheckResult result;
    for (const ClusterFacts& facts : all) {
      if (facts.problem) result.problems.push_back(*facts.problem);
    }
    result.findings = findings_of(all);
    return result;
  }
};

constexpr auto k_check_rows = std::to_array<CheckRow<ClusterFacts>>({
    {"inject/labels-agree", "no namespace contradicts itself", labels_agree},
    {"inject/discovered", "istiod looks at every namespace that asks for sidecars", discovered},
    {"inject/webhook-there", "a webhook serves every namespace that asks for sidecars",
     webhook_there},
    {"inject/webhook-trusted", "the API server can trust istiod's webhook", webhook_trusted},
    {"inject/pods-injected", "every pod of these namespaces has its sidecar", pods_injected},
    {"inject/proxy-settings", "every proxy runs with the settings of now", proxy_settings},
    {"inject/proxy-version", "every proxy is of istiod's version", proxy_version},
});

}  // namespace

std::span<const CheckRow<ClusterFacts>> check_rows() {
  return k_check_rows;
}

std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all) {
  std::vector<Finding> findings;
  for (const ClusterFacts& facts : all) {
    if (!facts.problem) judge<ClusterFacts>(k_check_rows, facts.cluster, facts, findings);
  }
  return findings;
}

ExtensionPtr make_check() {
  return std::make_unique<InjectCheck>();
}

}  // namespace mesh::inject
