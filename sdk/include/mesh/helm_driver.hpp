#pragma once

#include <chrono>
#include <optional>

#include "mesh/extension.hpp"

// helm-driver/1: how a chart becomes objects in a cluster. The helm concern says which releases
// with which values; a driver answers with the actions that bring one about, or take it away.
// Documents: sdk/schemas/helm-driver.json.

namespace mesh {

/// Where a chart is: a folder or archive (`repository` empty), an entry of a repository, or oci://.
struct ChartRef {
  std::string name;        ///< "/charts/istiod", "istiod", "oci://registry.example/charts/istiod"
  std::string repository;  ///< "https://charts.example"; empty: none
  std::string version;     ///< empty: the only one, or the newest
};

struct Release {
  std::string cluster;
  std::string name;  ///< "istiod"
  std::string name_space;
  ChartRef chart;
  Json values = Json::object();
  std::vector<std::string> value_files;  ///< absolute paths of the operator's, on top, in order
  std::string inputs;                    ///< fingerprint of all that goes in
};

struct DriverRequest {
  Release release;
  Json settings = Json::object();
  bool complete = false;  ///< name the release even if it is there as wanted
};

/// Which driver made a release that is there, and from what.
struct ReleaseState {
  std::string cluster, name;
  std::string status;  ///< "deployed", "failed", "pending-upgrade", ...; empty: not there
  std::string inputs;  ///< of the run that made it; empty: somebody else's
  std::string chart;   ///< "istiod-1.31.0"; empty: unknown
  std::int64_t revision = 0;
  std::optional<std::chrono::sys_seconds> changed{};  ///< empty: unknown
};

class HelmDriver : public ExtensionPoint {
 public:
  /// What is in the clusters, for all releases at once; in the order of `releases`.
  virtual std::vector<ReleaseState> look(const std::vector<Release>& releases,
                                         const Host& host) = 0;
  /// The actions that make the release be there as wanted; empty: it is. Phases count from 0.
  virtual std::vector<Action> install(const DriverRequest& request, const ReleaseState& state,
                                      const Host& host) = 0;
  virtual std::vector<Action> uninstall(const DriverRequest& request, const ReleaseState& state,
                                        const Host& host) = 0;
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

/// A driver as the helm concern calls it: the other end.
class HelmDriverClient {
 public:
  HelmDriverClient(const std::string& name, const Host& host);
  std::vector<ReleaseState> look(const std::vector<Release>& releases) const;
  std::vector<Action> install(const DriverRequest& request, const ReleaseState& state) const;
  std::vector<Action> uninstall(const DriverRequest& request, const ReleaseState& state) const;

 private:
  std::string m_address;
  const Host& m_host;
};

}  // namespace mesh
