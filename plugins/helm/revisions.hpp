#pragma once

#include <string>

#include "facts.hpp"

// Revisions of istiod, several of which a cluster may have next to each other. What is named after
// a revision is named here as Istio's charts name it. "" is the default revision everywhere.

namespace mesh::helm {

/// The revision in a label `istio.io/rev`: "default" there is "" here.
std::string revision_in(const Json& labels);
/// For people: "default", "canary".
std::string shown_revision(const std::string& revision);

/// Deployment and Service of istiod, and its Helm release: "istiod", "istiod-canary".
std::string istiod_name(const std::string& revision);
/// ConfigMap of the mesh configuration: "istio", "istio-canary".
std::string mesh_config_name(const std::string& revision);
/// Its MutatingWebhookConfiguration, which the charts name after a namespace of its own, too.
std::string injector_name(const std::string& revision, const std::string& name_space);

/// Returns istiod's Deployment of a revision; null: there is none.
const Json& istiod_of(const ClusterFacts& facts, const std::string& revision);
/// Returns that of the revision which mesh.yaml selects; null: there is none.
const Json& selected_istiod(const ClusterFacts& facts);
/// "there is no istiod of revision canary, only of default", as the evidence of a check.
std::string missing_istiod(const ClusterFacts& facts);
/// Returns all revisions whose istiod is in the cluster, sorted.
std::vector<std::string> revisions_in(const ClusterFacts& facts);
/// Returns them without one.
std::vector<std::string> other_revisions(const ClusterFacts& facts, const std::string& except);
/// Returns the revision that the tag "default" stands for; "": there is no such tag.
std::string tagged_default(const ClusterFacts& facts);

/// A cluster has one release each of base and gateway, however many revisions of istiod: base
/// names the one that validates, and the gateway's proxies are configured by one.
struct Followed {
  std::string base, gateway;
};
/// Returns what they follow after an installation of `wanted`: what the operator names, else what
/// they follow now while its istiod is there, else the revision that is installed.
Followed followed_in(const ClusterFacts& facts, const Wanted& wanted);

}  // namespace mesh::helm
