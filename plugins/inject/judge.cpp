#include "judge.hpp"

#include <algorithm>
#include <array>

namespace mesh::inject {

namespace {

using Kind = PodState::Kind;

constexpr std::array<const char*, 3> k_system{"kube-system", "kube-public", "kube-node-lease"};

std::string minor_of(const std::string& version) {
  const std::size_t dot = version.find('.');
  return dot == std::string::npos ? "" : version.substr(0, version.find('.', dot + 1));
}

/// PEM blocks without their line ends, so that only content is compared.
std::vector<std::string> blocks_of(const std::string& pem) {
  std::vector<std::string> blocks;
  const std::string begin = "-----BEGIN CERTIFICATE-----";
  const std::string end = "-----END CERTIFICATE-----";
  for (std::size_t from = pem.find(begin); from != std::string::npos;
       from = pem.find(begin, from + 1)) {
    const std::size_t to = pem.find(end, from);
    if (to == std::string::npos) break;
    std::string block = pem.substr(from + begin.size(), to - from - begin.size());
    std::erase_if(block, [](unsigned char c) { return std::isspace(c) != 0; });
    blocks.push_back(std::move(block));
  }
  return blocks;
}

bool share_a_block(const std::string& one, const std::string& other) {
  const std::vector<std::string> ours = blocks_of(one);
  const std::vector<std::string> theirs = blocks_of(other);
  return std::any_of(ours.begin(), ours.end(), [&](const std::string& block) {
    return std::find(theirs.begin(), theirs.end(), block) != theirs.end();
  });
}

std::string why_not(const Labels& labels, const SeenPod& pod) {
  if (pod.host_network) return "uses the host's network";
  if (pod.workload_kind == "Node") return "is a static pod, which its node makes past all webhooks";
  const auto label = pod.labels.find(k_pod_inject);
  if (pod.refuses || (label != pod.labels.end() && label->second == "false"))
    return std::string("says ") + k_pod_inject + "=false itself";
  if (saying_of(labels).kind != Saying::Kind::disabled) return "";
  return std::string("its namespace says ") + k_injection + "=" + labels.at(k_injection);
}

bool selects_pod(const Webhook& hook, const Labels& name_space, const Labels& pod) {
  return selects(hook.namespaces, name_space) && selects(hook.objects, pod);
}

}  // namespace

const Webhook* webhook_for(const std::vector<Webhook>& all, const Labels& name_space,
                           const Labels& pod) {
  const Webhook* unanswered = nullptr;
  for (const Webhook& hook : all) {
    if (!selects_pod(hook, name_space, pod)) continue;
    if (hook.served) return &hook;
    if (unanswered == nullptr) unanswered = &hook;
  }
  return unanswered;
}

const Webhook* blocking_webhook(const std::vector<Webhook>& all, const Labels& name_space,
                                const Labels& pod) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Webhook& hook) {
    return !hook.served && hook.fails_closed && selects_pod(hook, name_space, pod);
  });
  return found == all.end() ? nullptr : &*found;
}

std::string unanswered_text(const Webhook& hook) {
  return "webhook " + hook.configuration + " calls Service " + hook.service +
         ", which no ready pod serves";
}

std::string unanswered_fix(const std::string& cluster, const Webhook& hook) {
  return "start the istiod behind it, or if that revision was removed: kubectl --context " +
         cluster + " delete mutatingwebhookconfiguration " + hook.configuration;
}

std::string webhook_fault(const ClusterFacts& facts, const Webhook& hook) {
  if (hook.ca.empty()) return "istiod has not filled in its caBundle yet";
  if (!facts.root.empty() && !share_a_block(hook.ca, facts.root))
    return "its caBundle is not of the root that istiod spreads now";
  return {};
}

std::string revisions_text(const std::vector<Webhook>& all) {
  std::set<std::string> names;
  for (const Webhook& hook : all) {
    if (hook.served) names.insert(hook.tag.empty() ? hook.revision : "tag " + hook.tag);
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

bool is_system(const std::string& name_space, const std::string& istio_namespace) {
  return name_space == istio_namespace ||
         std::find(k_system.begin(), k_system.end(), name_space) != k_system.end();
}

std::string settings_fault(const ClusterFacts& facts, const std::string& revision,
                           const SeenPod& pod) {
  const auto injector = facts.injectors.find(revision);
  if (injector == facts.injectors.end() || !pod.settings) return {};
  const auto differs = [](const std::string& what, const std::string& has,
                          const std::string& wanted) {
    return has.empty() || wanted.empty() || has == wanted
               ? std::string()
               : "its proxy says " + what + " " + has + ", not " + wanted;
  };
  const ProxySettings& wanted = injector->second;
  for (const std::string& fault : {differs("cluster", pod.settings->cluster, wanted.cluster),
                                   differs("network", pod.settings->network, wanted.network),
                                   differs("mesh", pod.settings->mesh, wanted.mesh)}) {
    if (!fault.empty()) return fault;
  }
  return {};
}

std::string version_fault(const ClusterFacts& facts, const SeenPod& pod) {
  const std::string minor = minor_of(pod.version);
  if (minor.empty() || facts.versions.empty()) return {};
  const bool known =
      std::any_of(facts.versions.begin(), facts.versions.end(),
                  [&](const std::string& version) { return minor_of(version) == minor; });
  return known ? "" : "its proxy is " + pod.version + ", istiod " + *facts.versions.rbegin();
}

PodState state_of(const ClusterFacts& facts, const Labels& labels, const SeenPod& pod) {
  const Webhook* hook = webhook_for(facts.webhooks, labels, pod.labels);
  const std::string excuse = why_not(labels, pod);
  const bool wanted = hook != nullptr && excuse.empty();
  if (!pod.injected) {
    if (wanted) return {Kind::without, "runs without a sidecar"};
    return {Kind::outside, excuse};
  }
  if (!wanted) {
    // Without any webhook nobody can say what should be, where the namespace asks for it.
    const Saying::Kind kind = saying_of(labels).kind;
    const bool asks = kind == Saying::Kind::enabled || kind == Saying::Kind::revision;
    if (facts.webhooks.empty() && asks) return {};
    return {Kind::unwanted, "runs with a sidecar that nothing asks for"};
  }
  if (!pod.revision.empty() && !hook->revision.empty() && pod.revision != hook->revision)
    return {Kind::old, "its sidecar is of revision " + pod.revision + ", not " + hook->revision};
  std::string fault = settings_fault(facts, hook->revision, pod);
  if (fault.empty()) fault = version_fault(facts, pod);
  return fault.empty() ? PodState{} : PodState{Kind::old, fault};
}

std::vector<WorkloadState> workloads_of(const ClusterFacts& facts, const std::string& name_space,
                                        const Labels& labels) {
  std::map<std::string, WorkloadState> all;
  for (const SeenPod& pod : facts.pods) {
    if (pod.name_space != name_space) continue;
    WorkloadState one{
        .kind = pod.workload_kind, .name_space = name_space, .name = pod.workload, .why = {}};
    WorkloadState& state = all.try_emplace(one.key(), one).first->second;
    const PodState found = state_of(facts, labels, pod);
    ++state.pods;
    state.injected += pod.injected ? 1 : 0;
    state.outside += found.kind == Kind::outside ? 1 : 0;
    if (found.stale() && ++state.stale == 1) state.why = found.why;
    if (state.stale == 0 && state.why.empty()) state.why = found.why;
  }
  std::vector<WorkloadState> list;
  for (auto& [key, state] : all) list.push_back(std::move(state));
  return list;
}

std::string restart_fault(const ClusterFacts& facts, const WorkloadState& state) {
  return mesh::restart_fault({state.kind, state.name}, state.name_space, facts.workloads,
                             facts.budgets);
}

}  // namespace mesh::inject
