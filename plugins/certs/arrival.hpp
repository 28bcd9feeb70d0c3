#pragma once

#include <string>
#include <vector>

#include "facts.hpp"

namespace mesh::certs {

// Whether what the Secrets say has arrived: in istiod, in the namespaces, in the proxies.

/// What every proxy of a cluster must hold.
struct ProxyNeed {
  std::vector<Certificate> trusts = {};
  bool nothing_else = false;               ///< it may trust nothing besides
  std::optional<Certificate> root = {};    ///< what its own certificate must lead to
  std::optional<Certificate> signer = {};  ///< what must have signed its own certificate

  bool empty() const { return trusts.empty() && !root && !signer; }
};
/// What a new pod would get.
ProxyNeed need_of(const Assessment& found);

/// A proxy that lacks something.
struct Lack {
  const SeenProxy* proxy = nullptr;
  std::string what;       ///< "does not trust CN=Root CA (ab:cd:...)"
  bool inferred = false;  ///< by its age: it was not asked, or did not answer
};

/// How a proxy that was not read is judged by its age. `roots`: it is too old if the roots of its
/// namespace have changed since. `all`: also if the Secret has, or istiod was restarted after that.
enum class Age { roots, all };

std::vector<Lack> lacks_of(const ClusterFacts& facts, const ProxyNeed& need, Time now, Age age);
/// What the age of a proxy that was not read says.
std::optional<Lack> lack_by_age(const ClusterFacts& facts, const SeenProxy& proxy, Age age);
/// It runs with what the Secret held before.
bool is_late(const IstiodPod& pod, const ClusterFacts& facts);
bool is_istiod_late(const ClusterFacts& facts);
/// Namespaces whose ConfigMap istio-ca-root-cert holds other roots than the Secret.
std::vector<std::string> late_namespaces(const ClusterFacts& facts, const Assessment& found);

/// A new pod would hold the same: this one was made after all that a restart waits for.
bool is_new_enough(const SeenProxy& proxy, const ClusterFacts& facts);
/// It takes changed roots up by itself, and istiod sends them.
bool takes_up_by_itself(const SeenProxy& proxy, const ClusterFacts& facts);

/// "Deployment default/app1", "Pod default/app1-0"
std::string name_of(const Proxy& proxy);
/// "3 of 14 proxies could not be read (WHY)"; empty: all were.
std::string unread_text(const ClusterFacts& facts);
/// A line per workload: "Deployment default/app1 does not trust ...", of many the first ones.
std::string lacks_text(const std::vector<Lack>& lacks);
/// The command that restarts these workloads.
std::string restart_command(const std::string& cluster, const std::vector<Lack>& lacks);

}  // namespace mesh::certs
