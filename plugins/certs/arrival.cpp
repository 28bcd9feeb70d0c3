#include "arrival.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "mesh/counted.hpp"
#include "mesh/shell.hpp"
#include "mesh/time.hpp"

namespace mesh::certs {

namespace {

// What an istiod that is on its way out may still sign.
constexpr std::chrono::seconds k_overlap{30};
constexpr std::size_t k_workloads_shown = 10;

/// "CN=Root CA (ab:cd:...)"
std::string in_words(const Certificate& one) {
  return one.subject + " (" + short_fingerprint(one.sha256) + ")";
}

/// RFC 3339 as Kubernetes writes it; the epoch for what is no time.
Time time_of(const std::string& text) {
  const auto time = read_time(text);
  return time ? std::chrono::floor<std::chrono::seconds>(*time) : Time();
}

std::string roots_changed(const ClusterFacts& facts, const SeenProxy& proxy) {
  const auto found = facts.roots_changed.find(proxy.proxy.name_space);
  return found == facts.roots_changed.end() ? std::string() : found->second;
}

/// Since when a new pod gets what the Secret holds now. Times of one format compare as texts.
std::string age_limit(const ClusterFacts& facts, const SeenProxy& proxy, Age age) {
  std::string limit = roots_changed(facts, proxy);
  if (age == Age::roots) return limit;
  limit = std::max(limit, facts.changed);
  std::string oldest;
  for (const IstiodPod& pod : facts.istiod) {
    if (oldest.empty() || pod.started < oldest) oldest = pod.started;
  }
  return std::max(limit, oldest);
}

/// The issuers that it sends with its certificate.
std::vector<Certificate> issuers_of(const SeenProxy& proxy) {
  return {proxy.chain.begin() + 1, proxy.chain.end()};
}

/// Newest of what a new pod's certificates depend on.
std::string settled_at(const ClusterFacts& facts) {
  std::string settled = facts.changed;
  for (const IstiodPod& pod : facts.istiod) {
    if (!pod.multi_root) settled = std::max(settled, pod.started);
  }
  return settled;
}

std::string roots_fault(const ClusterFacts& facts, const SeenProxy& proxy, const ProxyNeed& need) {
  if (proxy.roots.empty() || need.trusts.empty()) return {};
  const Fingerprints held = fingerprints(proxy.roots);
  for (const Certificate& root : need.trusts) {
    if (!held.contains(root.sha256)) return "does not trust " + in_words(root);
  }
  // What a new pod trusts besides is no remains of a change, but the mesh's: meshConfig's
  // caCertificates.
  if (!need.nothing_else || proxy.proxy.created > settled_at(facts)) return {};
  const Fingerprints wanted = fingerprints(need.trusts);
  for (const Certificate& root : proxy.roots) {
    if (!wanted.contains(root.sha256)) return "still trusts " + in_words(root);
  }
  return {};
}

std::string own_fault(const SeenProxy& proxy, const ProxyNeed& need, Time now) {
  if (proxy.chain.empty() || (!need.root && !need.signer)) return {};
  const Certificate& own = proxy.chain.front();
  if (own.not_after <= now)
    return "presents a certificate that expired on " + date_text(own.not_after);
  if (need.signer && !signed_by(own, *need.signer))
    return "presents a certificate that " + in_words(*need.signer) + " has not signed";
  if (!need.root) return {};
  const std::string problem = chain_problem(own, issuers_of(proxy), {*need.root}, now);
  return problem.empty() ? ""
                         : "presents a certificate that does not lead to " + in_words(*need.root) +
                               ": " + problem;
}

}  // namespace

ProxyNeed need_of(const Assessment& found) {
  if (found.signing.empty() || found.roots.empty()) return {};
  return {.trusts = found.roots, .nothing_else = true, .signer = found.signing.front()};
}

std::optional<Lack> lack_by_age(const ClusterFacts& facts, const SeenProxy& proxy, Age age) {
  const std::string limit = age_limit(facts, proxy, age);
  if (limit.empty() || proxy.proxy.created > limit) return std::nullopt;
  return Lack{.proxy = &proxy,
              .what = "is older than the last change, of " + limit +
                      ": inferred from its age, because it could not be read (" + proxy.unread +
                      ")",
              .inferred = true};
}

std::vector<Lack> lacks_of(const ClusterFacts& facts, const ProxyNeed& need, Time now, Age age) {
  std::vector<Lack> lacks;
  if (need.empty()) return lacks;
  for (const SeenProxy& proxy : facts.proxies) {
    if (!proxy.was_asked()) {
      if (std::optional<Lack> lack = lack_by_age(facts, proxy, age))
        lacks.push_back(std::move(*lack));
      continue;
    }
    std::string fault = own_fault(proxy, need, now);
    if (fault.empty()) fault = roots_fault(facts, proxy, need);
    if (!fault.empty()) lacks.push_back({.proxy = &proxy, .what = std::move(fault)});
  }
  return lacks;
}

bool is_late(const IstiodPod& pod, const ClusterFacts& facts) {
  return !pod.multi_root && !pod.started.empty() && pod.started < facts.changed;
}

bool is_istiod_late(const ClusterFacts& facts) {
  return std::any_of(facts.istiod.begin(), facts.istiod.end(),
                     [&](const IstiodPod& pod) { return is_late(pod, facts); });
}

std::vector<std::string> late_namespaces(const ClusterFacts& facts, const Assessment& found) {
  std::vector<std::string> late;
  if (facts.istiod.empty()) return late;  // nobody would write them
  const Fingerprints wanted = fingerprints(found.roots);
  for (const auto& [name_space, pem] : facts.root_config_maps) {
    Fingerprints there;
    try {
      there = fingerprints(read_certificates(pem, "istio-ca-root-cert"));
    } catch (const Failure&) {  // carries no root at all
    }
    if (there != wanted) late.push_back(name_space);
  }
  return late;
}

bool is_new_enough(const SeenProxy& proxy, const ClusterFacts& facts) {
  return time_of(proxy.proxy.created) > time_of(settled_at(facts)) + k_overlap;
}

bool takes_up_by_itself(const SeenProxy& proxy, const ClusterFacts& facts) {
  return proxy.proxy.takes_roots && !facts.istiod.empty() &&
         std::all_of(facts.istiod.begin(), facts.istiod.end(),
                     [](const IstiodPod& pod) { return pod.multi_root; });
}

std::string name_of(const Proxy& proxy) {
  const bool alone = proxy.owner.name.empty();
  return (alone ? "Pod" : proxy.owner.kind) + " " + proxy.name_space + "/" +
         (alone ? proxy.pod : proxy.owner.name);
}

std::string unread_text(const ClusterFacts& facts) {
  std::size_t unread = 0;
  std::string why;
  for (const SeenProxy& proxy : facts.proxies) {
    if (proxy.was_asked()) continue;
    if (unread++ == 0) why = proxy.unread;
  }
  if (unread == 0) return {};
  return std::to_string(unread) + " of " + counted(facts.proxies.size(), "proxy", "proxies") +
         " could not be read (" + why + ")";
}

std::string lacks_text(const std::vector<Lack>& lacks) {
  std::map<std::string, std::vector<const Lack*>> workloads;
  for (const Lack& lack : lacks) workloads[name_of(lack.proxy->proxy)].push_back(&lack);
  std::string text;
  std::size_t shown = 0;
  for (const auto& [name, pods] : workloads) {
    if (shown++ == k_workloads_shown) {
      return text + "; and " + counted(workloads.size() - k_workloads_shown, "workload") + " more";
    }
    text += (text.empty() ? "" : "; ") + name +
            (pods.size() == 1 ? "" : " (" + counted(pods.size(), "pod") + ")") + " " +
            pods.front()->what;
  }
  return text;
}

std::string restart_command(const std::string& cluster, const std::vector<Lack>& lacks) {
  std::set<std::string> names;
  for (const Lack& lack : lacks) names.insert(lack.proxy->proxy.name_space);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return "kubectl mesh inject restart --all --contexts " + shell_quoted(cluster) +
         " --namespaces " + list;
}

}  // namespace mesh::certs
