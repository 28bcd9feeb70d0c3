#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client.hpp"
#include "mesh/host.hpp"

namespace mesh {

/// "refused": why `what` is not sent to this cluster's server, and how to have it sent. See
/// Endpoint::gets_secrets.
Problem unverified(const std::string& cluster, const std::string& what);

using ClientFactory = std::function<std::unique_ptr<Client>(const Access&, const TransportLimits&)>;

/// The clusters of one run: a client each, made when first needed, and what was read from them.
/// What was read is remembered, lists of one page too, so that all concerns of a run, planning,
/// diff and preflight look at one snapshot and ask once.
class Fleet {
 public:
  struct Member {
    std::string name;  ///< of the context
    Access access;
  };
  Fleet(std::vector<Member> members, const TransportLimits& limits,
        std::chrono::milliseconds request_timeout, ClientFactory factory = make_client);
  ~Fleet();

  const std::vector<std::string>& names() const { return m_names; }
  const Access& access(const std::string& cluster) const;
  Client& client(const std::string& cluster);
  /// No cluster is asked anything from now on: what would ask fails with `why`.
  void hang_up(const Problem& why);
  /// Calls work(i) for each i, which is about clusters[i]: clusters in parallel, the requests of
  /// one after each other as long as they are few. `work` must not throw. It answers what went
  /// wrong: a cluster that gave no answer is not asked the rest, which would only cost as much
  /// again.
  void for_each(const std::vector<std::string>& clusters,
                const std::function<std::optional<Problem>(std::size_t)>& work) const;
  /// All reads, in parallel as for_each has it; answers in the order of `reads`.
  std::vector<ReadResult> read(const std::vector<Read>& reads);
  /// What stands against a list for whoever holds this bearer token, in the operator's place.
  std::optional<Problem> try_as(const Read& read, const std::string& token) const;
  /// The remembered object, or read now.
  ReadResult snapshot(const std::string& cluster, const ObjectRef& ref);
  /// After a write: what the object is now (null: gone).
  void remember(const std::string& cluster, const ObjectRef& ref, Json object);
  /// The next snapshot() reads anew.
  void forget(const std::string& cluster, const ObjectRef& ref);
  /// The same for everything of a cluster: a program may have changed it.
  void forget_all(const std::string& cluster);
  /// A deadline for one request.
  Deadline deadline() const;
  /// The same for a step that may take `span`; the whole run's deadline holds for it too.
  Deadline deadline(std::chrono::milliseconds span) const;
  RequestCounts counts() const;
  std::size_t width() const;  ///< clusters worked at once

 private:
  struct State;
  ReadResult read_one(const Read& read);
  std::vector<std::string> m_names;
  std::unique_ptr<State> m_state;
};

}  // namespace mesh
