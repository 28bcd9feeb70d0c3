#include "plan/pod_faults.hpp"

#include <algorithm>
#include <array>

#include "mesh/counted.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

// After so many restarts a container that still fails is not waiting for its neighbors.
constexpr std::int64_t k_restarts_that_last = 3;

/// What a waiting container waits for. Reasons that are not here are reported, and may end.
struct WaitingRow {
  const char* reason;
  Lasting lasting;
  LogOf log;
  bool ask_events;
};
constexpr std::array<WaitingRow, 9> k_waiting{{
    {"CrashLoopBackOff", Lasting::if_it_restarts, LogOf::this_run, false},
    {"ErrImagePull", Lasting::no, LogOf::none, true},
    {"ImagePullBackOff", Lasting::no, LogOf::none, true},
    {"InvalidImageName", Lasting::yes, LogOf::none, false},
    {"ErrImageNeverPull", Lasting::yes, LogOf::none, false},
    {"CreateContainerConfigError", Lasting::yes, LogOf::none, false},
    {"CreateContainerError", Lasting::yes, LogOf::none, false},
    {"RunContainerError", Lasting::yes, LogOf::none, false},
    {"ContainerCreating", Lasting::no, LogOf::none, true},
}};

template <std::size_t Count>
bool has_one_of(const std::string& text, const std::array<const char*, Count>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return text.find(word) != std::string::npos; });
}

std::int64_t number_at(const Json& object, const char* pointer) {
  const Json value = find_at(object, pointer);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

void add(std::string& text, const std::string& more) {
  if (more.empty()) return;
  text += (text.empty() ? "" : "; ") + more;
}

/// "exit code 1 (OOMKilled): message"
std::string termination(const Json& state) {
  std::string text = "exit code " + std::to_string(number_at(state, "/exitCode"));
  const std::string reason = text_at(state, "/reason");
  if (!reason.empty()) text += " (" + reason + ")";
  const std::string message = text_at(state, "/message");
  return message.empty() ? text : text + ": " + message;
}

/// The fault of one container; an empty reason if there is none.
PodFault fault_of(const Json& status) {
  PodFault fault;
  fault.container = text_at(status, "/name");
  fault.restarts = number_at(status, "/restartCount");
  const Json waiting = find_at(status, "/state/waiting");
  const Json terminated = find_at(status, "/state/terminated");
  const Json last = find_at(status, "/lastState/terminated");
  if (waiting.is_object()) {
    fault.reason = text_at(waiting, "/reason");
    const auto* row = std::find_if(k_waiting.begin(), k_waiting.end(), [&](const WaitingRow& each) {
      return fault.reason == each.reason;
    });
    const bool crashes = fault.reason == "CrashLoopBackOff";
    // Its message names the pod and the pause, and nothing of the cause.
    if (!crashes || last.is_null()) fault.details = text_at(waiting, "/message");
    if (row != k_waiting.end()) {
      fault.lasting = row->lasting;
      fault.log = row->log;
      fault.ask_events = row->ask_events;
    }
  } else if (terminated.is_object()) {
    fault.reason = "Terminated";
    fault.details = termination(terminated);
    fault.log = LogOf::this_run;
    // Between two restarts; what is in back-off tells more.
    fault.lasting = Lasting::if_it_restarts;
  } else {
    fault.reason = "NotReady";
    fault.log = fault.restarts > 0 ? LogOf::run_before : LogOf::this_run;
    fault.lasting = fault.restarts > 0 ? Lasting::if_it_restarts : Lasting::no;
    fault.ask_events = true;
  }
  if (fault.restarts > 0)
    add(fault.details, counted(static_cast<std::size_t>(fault.restarts), "restart"));
  if (last.is_object()) add(fault.details, "last " + termination(last));
  if (fault.lasting == Lasting::no && is_lasting_pull_error(fault.details)) {
    const bool pulls = fault.reason == "ErrImagePull" || fault.reason == "ImagePullBackOff";
    if (pulls) fault.lasting = Lasting::yes;
  }
  if (fault.lasting == Lasting::if_it_restarts && fault.restarts < k_restarts_that_last) {
    fault.lasting = Lasting::no;
  }
  return fault;
}

bool works(const Json& status, bool initial) {
  if (initial && find_at(status, "/state/terminated/exitCode") == 0) return true;
  if (initial && find_at(status, "/started") == true) return true;  // a sidecar
  return find_at(status, "/ready") == true;
}

void add_containers(std::vector<PodFault>& faults, const Json& pod) {
  for (const Json& status : find_at(pod, "/status/initContainerStatuses")) {
    if (works(status, true)) continue;
    // Those behind it have not begun.
    faults.push_back(fault_of(status));
    return;
  }
  for (const Json& status : find_at(pod, "/status/containerStatuses")) {
    if (!works(status, false)) faults.push_back(fault_of(status));
  }
}

void add_conditions(std::vector<PodFault>& faults, const Json& pod) {
  for (const Json& condition : find_at(pod, "/status/conditions")) {
    if (text_at(condition, "/status") != "False") continue;
    const std::string type = text_at(condition, "/type");
    // A pod without a node has nothing else to tell; a gate is the last that is missing.
    const bool tells = type == "PodScheduled" || (faults.empty() && type == "Ready");
    if (!tells) continue;
    PodFault fault;
    fault.reason = text_at(condition, "/reason");
    if (fault.reason.empty()) fault.reason = type == "Ready" ? "NotReady" : "Unschedulable";
    fault.details = text_at(condition, "/message");
    fault.ask_events = type == "Ready";
    faults.push_back(std::move(fault));
  }
}

}  // namespace

bool is_lasting_pull_error(const std::string& message) {
  // A registry that does not respond, or a name server, may do so in a moment.
  return has_one_of(
      message, std::array{"not found", "NotFound", "manifest unknown", "denied", "unauthorized",
                          "Unauthorized", "forbidden", "Forbidden", "invalid reference"});
}

bool is_lasting_denial(const std::string& message) {
  // "failed calling webhook" is not here: its pods may be about to start.
  return has_one_of(message,
                    std::array{"denied the request", "denied request:", "violates PodSecurity",
                               "exceeded quota", "is invalid:", "is forbidden:"}) &&
         message.find("failed calling webhook") == std::string::npos;
}

std::vector<PodFault> faults_of(const Json& pod) {
  std::vector<PodFault> faults;
  if (is_ending(pod)) return faults;
  if (text_at(pod, "/status/phase") == "Succeeded") return faults;
  add_containers(faults, pod);
  add_conditions(faults, pod);
  if (text_at(pod, "/status/phase") == "Failed" && !text_at(pod, "/status/reason").empty()) {
    PodFault fault;
    fault.reason = text_at(pod, "/status/reason");  // "Evicted"
    fault.details = text_at(pod, "/status/message");
    faults.insert(faults.begin(), std::move(fault));
  }
  for (PodFault& fault : faults) fault.pod = metadata_text(pod, "name");
  return faults;
}

}  // namespace mesh
