#pragma once

#include <map>
#include <string>

#include "exporters.hpp"

// Mode discovery: istiod knows the services of the other clusters, the DNS of a cluster only its
// own. A stub is a Service without a selector, of the name, namespace and ports that the exported
// one has in its cluster: it makes the name resolve, and istiod adds the endpoints.

namespace mesh::serviceentry {

struct SeenNamespace {
  bool found = false, ours = false, ending = false;
};

/// What one cluster has of Services, by "namespace/name", and of the namespaces for stubs.
struct StubFacts {
  std::map<std::string, SeenService> services;
  std::map<std::string, SeenNamespace> namespaces;
};

struct DiscoveryFacts;

/// Whether a Service is a stub of ours: one that has a selector since is somebody's own.
bool is_stub(const Json& service);
/// Returns "" or how a stub differs from the Service that it stands for.
std::string stub_difference(const SeenService& stub, const SeenService& service);

/// Reads all Services of the clusters, and the namespaces that stubs need.
void read_stubs(const Host& host, const ExposureRequest& request, std::vector<DiscoveryFacts>& all);
/// Reads what this tool made, and nothing else.
void read_own_stubs(const Host& host, std::vector<DiscoveryFacts>& all);

/// Adds stubs for the exports of the other clusters, and removes those of what is exported no more.
void plan_stubs(Plan& plan, const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                const Host& host);
/// Removes all stubs of a cluster.
void plan_stub_removal(Plan& plan, const DiscoveryFacts& facts, const Host& host);
/// Removes those that stand for services of one cluster, by Istio's name of it.
void plan_stub_removal(Plan& plan, const DiscoveryFacts& facts, const std::string& from);
/// A row of `list` for every stub that is there or should be.
void list_stubs(Report& report, const ExposureRequest& request,
                const std::vector<DiscoveryFacts>& all);

}  // namespace mesh::serviceentry
