#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mesh/helm_driver.hpp"

// Which charts with which values make a cluster of the mesh: pure, but for the operator's files.

namespace mesh::helm {

/// Istio's public chart repository, and the version that this release was proven with.
inline constexpr const char* k_repository = "https://istio-release.storage.googleapis.com/charts";
inline constexpr const char* k_version = "1.31.0";

inline constexpr const char* k_gateway = "istio-eastwestgateway";
inline constexpr const char* k_base = "istio-base";
/// What Istio calls the revision that has no name.
inline constexpr const char* k_default_revision = "default";

/// The concern's section of mesh.yaml with the verb's options on top.
struct Wanted {
  std::string driver = "helm";
  std::string charts = k_repository;  ///< folder, URL of a repository, or oci://
  std::string version;                ///< of Istio; empty in a folder: what lies there
  std::string name_space = "istio-system";
  std::string revision;  ///< of istiod; empty: default
  /// That base and gateway follow, if the operator says so.
  std::optional<std::string> default_revision{};
  Json values = Json::object();       ///< by release: base, istiod, gateway
  Json value_files = Json::object();  ///< by release: list of paths
  Json settings = Json::object();     ///< for the driver: binary, heal
};

/// Throws Failure("invalid-input") naming the setting.
Wanted wanted_of(const CommandRequest& request);

/// The driver that is asked for. Throws Failure("invalid-input") with those there are.
HelmDriverClient driver_of(const Wanted& wanted, const Host& host);

/// "1.31.0" of its place in a repository, or of its own Chart.yaml; empty: unknown.
std::string chart_version(const ChartRef& chart);

struct Followed;
/// base, istiod, gateway of one cluster, in the order of installation.
std::vector<Release> releases_of(const Wanted& wanted, const MeshView& mesh, const Member& member,
                                 const Followed& followed);

}  // namespace mesh::helm
