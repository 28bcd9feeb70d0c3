#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// Whether a fault can end while nobody changes anything.
enum class Lasting {
  no,
  if_it_restarts,  ///< a container that has failed again and again, and does so now
  yes
};

/// Which run of a container has a log that may explain its fault.
enum class LogOf { none, this_run, run_before };

/// What keeps a pod, or one of its containers, from being ready.
struct PodFault {
  std::string pod;
  std::string container;  ///< "" if the whole pod is meant
  std::string reason;     ///< "CrashLoopBackOff", as Kubernetes writes it
  std::string details;    ///< messages and exit codes, as Kubernetes has them
  std::int64_t restarts = 0;
  Lasting lasting = Lasting::no;
  LogOf log = LogOf::none;
  bool ask_events = false;  ///< the status alone does not explain it
};

/// Returns what the status of a pod tells, most telling first; nothing for one that is ready or
/// being deleted.
std::vector<PodFault> faults_of(const Json& pod);

/// Whether the message of a pull that failed says that a retry will fail, too.
bool is_lasting_pull_error(const std::string& message);
/// Whether the message of a pod that was not created says so.
bool is_lasting_denial(const std::string& message);

}  // namespace mesh
