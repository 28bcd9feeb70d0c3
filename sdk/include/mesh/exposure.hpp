#pragma once

#include "mesh/extension.hpp"

// exposure/1: how the exported services of one cluster are made reachable in the others. The
// serviceentry concern finds out what is exported and through which gateway; a strategy answers
// with the plan that brings it into the clusters. Documents: sdk/schemas/exposure.json.

namespace mesh {

struct ExposedPort {
  int number = 0;
  std::string name;
  std::string protocol;  ///< HTTP, HTTP2, GRPC, TCP, ...; empty: Istio looks at the first bytes

  bool operator==(const ExposedPort&) const = default;
};

/// One service that other clusters are to reach.
struct Export {
  std::string cluster;  ///< context of the cluster that it lives in
  std::string name_space;
  std::string service;
  std::string host;  ///< its name in the other clusters: NAME.NAMESPACE.SUFFIX, or an alias
  std::vector<ExposedPort> ports;
  std::vector<std::string> identities;  ///< SPIFFE; empty: not known, nothing is pinned
};

struct GatewayAddress {
  std::string address;  ///< IP or host name
  int port = 0;

  bool operator==(const GatewayAddress&) const = default;
};

/// The way into a cluster's network.
struct ClusterGateway {
  enum class State { ready, pending, absent };
  std::string cluster;
  State state = State::absent;
  std::string name_space, service;  ///< of its Service; empty if absent
  std::string why;                  ///< why it is not ready, as the end of a sentence
  std::vector<GatewayAddress> addresses;
};

struct ExposureRequest {
  Json settings = Json::object();
  MeshView mesh{};
  std::vector<std::string> clusters;  ///< to work on
  std::vector<std::string> unseen;    ///< of the mesh, but not of this run: left as they are
  bool ahead = false;
  std::string istio_namespace = "istio-system";
  std::int64_t wait_seconds = 120;  ///< for a gateway that has no address yet
  std::vector<Export> exports;
  std::vector<ClusterGateway> gateways;
};

class ExposureStrategy : public ExtensionPoint {
 public:
  /// Adds, changes and takes away so that the clusters reach exactly the exports.
  virtual Plan sync(const ExposureRequest& request, const Host& host) = 0;
  /// Takes away all that it made in `clusters`, and in the others what leads there.
  virtual Plan remove(const ExposureRequest& request, const Host& host) = 0;
  /// A row per cluster and thing that it made or should make.
  virtual Report list(const ExposureRequest& request, const Host& host) = 0;
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

/// A strategy as the serviceentry concern calls it, wherever it lives.
class ExposureClient {
 public:
  ExposureClient(const std::string& name, const Host& host);
  Plan sync(const ExposureRequest&) const;
  Plan remove(const ExposureRequest&) const;
  Report list(const ExposureRequest&) const;

 private:
  std::string m_address;
  const Host& m_host;
};

Json to_json(const ExposureRequest&);
/// Throws Failure("invalid-document").
ExposureRequest exposure_request_from_json(const Json&);

}  // namespace mesh
