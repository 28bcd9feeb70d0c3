#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/utc.hpp"
#include "kube/fleet.hpp"

namespace mesh {

/// Who changes a cluster, as others are told it.
struct LeaseHolder {
  std::string run;            ///< as in the journal
  std::string command;        ///< no secrets in it
  std::string operator_name;  ///< "alice"
  std::string host;           ///< "laptop"
  /// Where and what the process is, so that its end can be seen from the same machine.
  std::string machine;
  int pid = 0;
};

/// This process as a holder.
LeaseHolder this_process(std::string run, std::string command);

/// The Lease (coordination.k8s.io/v1) default/kubectl-mesh of one cluster: whoever has it changes
/// the mesh there. It is advisory: it keeps runs of kubectl mesh apart, and nobody else. Its times
/// are the server's, whatever the clocks of the machines say. Not thread-safe.
class Lease {
 public:
  /// How long it is held without a sign of life, as the Lease itself says it.
  static constexpr std::chrono::seconds k_duration{30};
  static constexpr std::chrono::seconds k_renewal{10};

  Lease(std::string cluster, LeaseHolder holder, Fleet& fleet);

  /// nullopt: it is ours. Else who has it: "refused". A lease that ran out, or whose holder ended
  /// on this machine, is taken over. Throws Failure; "forbidden" and "missing": this cluster grants
  /// no Lease.
  std::optional<Problem> take();
  /// Throws Failure("refused") if another run has taken it over.
  void renew();
  /// Deletes it if it is ours still.
  void release();

  const std::string& cluster() const { return m_cluster; }

 private:
  Json written(const std::string& acquired, const std::string& renewed) const;
  std::optional<Problem> take_from(const Json& live);
  bool is_over(const Json& live) const;
  Problem held_by(const Json& live) const;
  Moment server_now() const;
  std::string now() const;

  std::string m_cluster;
  LeaseHolder m_holder;
  Fleet& m_fleet;
  Json m_live;  ///< as we wrote it last
};

}  // namespace mesh
