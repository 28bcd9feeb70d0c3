#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.hpp"
#include "kube/transport.hpp"
#include "mesh/host.hpp"

namespace mesh {

/// Under which name all our writes are known to the servers.
inline constexpr const char* k_field_manager = "kubectl-mesh";

enum class DryRun { none, client, server };

/// Counts of one client, for -v 6, bench and the tests' request budget.
struct RequestCounts {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
};

struct ListPage {
  Json list;
  std::string next;
};

/// A server-side apply of what should be new was carried out on an object that was there: somebody
/// made it a moment before, under our name or with the same fields, and it has been overwritten.
class OverwrittenFailure : public Failure {
 public:
  using Failure::Failure;
};

/// One right that a plan needs: what SelfSubjectAccessReview asks.
struct Right {
  std::string verb, group, resource, name_space, name, subresource{};
  auto operator<=>(const Right&) const = default;
};

/// The Kubernetes API of one cluster: retries by docs/retries.md, errors as Problems that name the
/// cluster and the object. Thread-safe.
class Client {
 public:
  virtual ~Client() = default;
  virtual const std::string& cluster() const = 0;

  /// nullopt: not there.
  virtual std::optional<Json> get(const ObjectRef& ref, Deadline deadline) = 0;
  /// A page of the list that `read` names; its cluster is this one.
  virtual ListPage list(const Read& read, Deadline deadline) = 0;
  /// POST: the object is made now or not at all. Throws Failure("precondition") if it is there.
  virtual Json create(const Json& object, Deadline deadline) = 0;
  /// Server-side apply, field manager kubectl-mesh, never forced over another manager. Answers the
  /// object as it is now.
  /// A metadata.resourceVersion in the object is a precondition; an object without one is a new
  /// one. Throws Failure("conflict"), or OverwrittenFailure when what should be new was there.
  virtual Json apply(const Json& object, DryRun dry_run, Deadline deadline) = 0;
  /// RFC 6902, with "test" operations as precondition. Throws Failure("precondition").
  virtual Json patch(const ObjectRef& ref, const Json& operations, DryRun dry_run,
                     Deadline deadline) = 0;
  /// Strategic merge, for `restart`.
  virtual Json merge(const ObjectRef& ref, const Json& change, DryRun dry_run,
                     Deadline deadline) = 0;
  /// false: was not there. `uid` and `resource_version` are preconditions if not empty.
  virtual bool remove(const ObjectRef& ref, const std::string& uid,
                      const std::string& resource_version, DryRun dry_run, Deadline deadline) = 0;
  /// Whether we may; the server's reason if not.
  virtual std::optional<std::string> denied(const Right& right, Deadline deadline) = 0;
  /// Events about the object with this UID, at most a hundred.
  virtual Json events(const std::string& name_space, const std::string& uid, Deadline deadline) = 0;
  /// The last lines of a container's log, as the container wrote them; `previous`: of the run
  /// before its last restart.
  virtual std::string log(const ObjectRef& pod, const std::string& container, bool previous,
                          int lines, Deadline deadline) = 0;
  /// "v1.36.4"
  virtual std::string version(Deadline deadline) = 0;
  virtual RequestCounts counts() const = 0;
  /// How far the server's clock is ahead of ours, by its answers so far; see kube/server_clock.hpp.
  virtual std::optional<std::chrono::seconds> clock_ahead() const = 0;
};

std::unique_ptr<Client> make_client(const Access& access, const TransportLimits& limits);

}  // namespace mesh
