#pragma once

#include <memory>
#include <string>

#include "kube/transport.hpp"

namespace mesh {

struct PodPort {
  std::string name_space, pod;
  int port = 0;
};

/// What came back from a pod: an HTTP answer, or one frame.
struct PodReply {
  int status = 0;
  std::string bytes;
};

// Talk with a port of a pod through the API server's port-forward (a WebSocket with subprotocol
// v4.channel.k8s.io), as `kubectl port-forward` reaches it; nothing runs in the cluster for it.
// Throws Failure: "forbidden", "missing" and so on as the server says, "unreachable" if the pod
// does not take the connection, "deadline", "cancelled".

/// HTTP/1.1 GET; the body is at most 8 MiB.
PodReply pod_get(const Access& access, const PodPort& where, const std::string& path,
                 Deadline deadline);
/// Sends `frame` behind its length in two bytes, and answers the one frame that comes back: DNS
/// over TCP (RFC 1035, 4.2.2).
PodReply pod_frame(const Access& access, const PodPort& where, const std::string& frame,
                   Deadline deadline);

}  // namespace mesh
