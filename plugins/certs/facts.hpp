#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "x509.hpp"

#include "mesh/host.hpp"

namespace mesh::certs {

/// The four files of Istio's plug-in CA Secret, as they stand in it.
struct SigningSet {
  std::string ca_cert, ca_key, cert_chain, root_cert;
  bool operator==(const SigningSet&) const = default;
};

/// What was seen of one cluster. Reading is here, judging elsewhere.
struct ClusterFacts {
  std::string cluster;
  std::optional<Problem> problem;  ///< it could not be read
  bool namespace_found = false;
  bool found = false;                ///< Secret cacerts
  bool ours = false;                 ///< it carries our label
  std::string uid, changed;          ///< of the Secret; RFC 3339
  std::vector<std::string> missing;  ///< files that it lacks or holds empty
  SigningSet set;
  std::vector<std::string> istiod_started;  ///< of each istiod pod, RFC 3339
  bool self_signed_secret = false;  ///< istio-ca-secret: istiod runs or ran with a root of its own
  std::map<std::string, std::string> root_config_maps;  ///< namespace -> root-cert.pem
};

enum class Depth { install, verify };  ///< verify also reads what istiod spread

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     Depth depth);

/// How a signing set stands, in the order in which it matters.
struct Assessment {
  enum class State {
    absent,
    incomplete,
    unreadable,
    mismatched,
    expired,
    valid
  } state = State::absent;
  std::string why;
  std::vector<Certificate> signing;  ///< of ca-cert.pem
  std::vector<Certificate> chain;
  std::vector<Certificate> roots;
};
Assessment assess(const ClusterFacts& facts, Time now);

ObjectRef secret_ref();
/// The Secret to apply.
Json secret_object(const SigningSet& set);
Json namespace_object();
std::string lower_words(Assessment::State state);

}  // namespace mesh::certs
