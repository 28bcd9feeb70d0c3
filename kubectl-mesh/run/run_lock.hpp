#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "run/session.hpp"

#include "plan/preflight.hpp"

namespace mesh {

/// The Leases of one run: while it lives, no other run of kubectl mesh changes its clusters. A
/// cluster that grants no Lease goes without, and a warning says so.
class RunLock {
 public:
  /// Takes all of them or none; with --lock-timeout it waits for another run's end. Throws
  /// Failure("refused") naming the run that has one.
  RunLock(Session& session, const Identities& identities, const std::string& run);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  /// Gives them back.
  ~RunLock();

  /// Whether another run had one of them meanwhile: what was planned before is old.
  bool waited() const { return m_waited; }
  /// Before each write. Throws Failure("refused") if another run has taken the cluster over: this
  /// one was stopped for longer than a Lease lives. Thread-safe.
  void require(const std::string& cluster);

 private:
  struct Held;
  /// Who has one of them instead of us; nullopt: all are ours.
  std::optional<Problem> take_all();
  void take(Held& held);
  void each(const std::function<void(Held&)>& work);
  void release_all();
  void keep_alive();

  Session& m_session;
  std::vector<std::unique_ptr<Held>> m_held;  ///< in an order that is the same for all runs
  bool m_waited = false;
  std::mutex m_mutex;  ///< of m_over
  std::condition_variable m_end;
  bool m_over = false;
  std::thread m_thread;
};

}  // namespace mesh
