#pragma once

#include <set>
#include <string>
#include <vector>

#include "mesh/selector.hpp"

// What opens a gateway to the services of its cluster: calls come in as TLS, and the SNI says for
// which service. Istio's Gateway has AUTO_PASSTHROUGH for it (istio.io/docs/reference, Gateway,
// ServerTLSSettings); the Gateway API has mode Passthrough with an option that istiod reads
// (istio/istio, pilot/pkg/config/kube/gateway/conversion.go).

namespace mesh {

/// The passthrough servers of one Gateway.
struct Passthrough {
  std::string name_space, name;
  Labels selector;      ///< of the gateway's pods
  std::set<int> ports;  ///< of the gateway's Service
  std::vector<std::string>
      hosts;  ///< patterns, without the namespace before them; empty: no server
};

/// Of a Gateway of networking.istio.io/v1.
Passthrough passthrough_of_istio(const Json& gateway);
/// Of a Gateway of gateway.networking.k8s.io/v1, whose pods istiod makes and labels.
Passthrough passthrough_of_api(const Json& gateway);
/// Whether a gateway's Service was made for a Gateway of the Gateway API.
bool is_of_api_gateway(const Json& service);

}  // namespace mesh
