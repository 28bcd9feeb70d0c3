#include "plan/wait_causes.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "kube/mask.hpp"
#include "mesh/counted.hpp"
#include "mesh/shell.hpp"
#include "plan/object.hpp"
#include "plan/workload_pods.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_faults_shown = 3;
constexpr int k_log_lines = 10;
constexpr std::size_t k_line_max = 400;      // bytes of one line of a log
constexpr std::size_t k_details_max = 4000;  // an admission webhook may say as much
constexpr std::int64_t k_page = 500;

std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  text.resize(most);
  return text + "...";
}

/// Faults that are the same in every pod are told once.
std::string kind_of(const PodFault& fault) {
  return fault.container + "|" + fault.reason;
}

std::string place_of(const PodFault& fault) {
  return fault.pod + "/" + fault.container;
}

std::string time_of(const Json& event) {
  for (const char* field : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime",
                            "/metadata/creationTimestamp"}) {
    const std::string time = text_at(event, field);
    if (!time.empty()) return time;  // RFC 3339: the order of the text is the order of the times
  }
  return "";
}

/// "FailedMount: message" of the newest warning that `wanted` takes; "" if there is none.
template <typename Wanted>
std::string newest_warning(const std::vector<Json>& events, const Wanted& wanted) {
  const Json* newest = nullptr;
  for (const Json& event : events) {
    if (text_at(event, "/type") != "Warning" || !wanted(event)) continue;
    if (newest == nullptr || time_of(*newest) <= time_of(event)) newest = &event;
  }
  if (newest == nullptr) return "";
  return text_at(*newest, "/reason") + ": " + text_at(*newest, "/message");
}

/// What the specification itself forbids: no time will change it.
std::string never_rolls_out(const Json& live) {
  if (find_at(live, "/spec/paused") == true) return "spec.paused is true; no pod is replaced";
  if (text_at(live, "/spec/updateStrategy/type") == "OnDelete") {
    return "spec.updateStrategy is OnDelete; pods are replaced when they are deleted";
  }
  return "";
}

PodFault fault_of_workload(std::string reason, std::string details, Lasting lasting) {
  PodFault fault;
  fault.reason = std::move(reason);
  fault.details = std::move(details);
  fault.lasting = lasting;
  return fault;
}

std::int64_t desired_pods(const Json& live) {
  for (const char* field :
       {"/spec/replicas", "/status/desiredNumberScheduled", "/spec/parallelism"}) {
    const Json count = find_at(live, field);
    if (count.is_number_integer()) return count.get<std::int64_t>();
  }
  return 1;
}

}  // namespace

template <typename Read>
void WaitCauses::try_to(const Read& read) {
  try {
    read();
  } catch (const Failure& failure) {
    const std::string& code = failure.problem().code;
    if (code == "cancelled") throw;
    // A container that has not run has no log.
    if (code != "rejected" && code != "missing") m_unread.insert(failure.problem().message);
  }
}

std::vector<Json> WaitCauses::list(const ObjectRef& kind, const std::string& labels) {
  Client& client = m_fleet.client(m_step.action.cluster);
  const ListPage page = client.list({.cluster = m_step.action.cluster,
                                     .object = kind,
                                     .labels = labels,
                                     .limit = k_page,
                                     .next = {}},
                                    m_fleet.deadline());
  const Json items = find_at(page.list, "/items");
  return items.is_array() ? items.get<std::vector<Json>>() : std::vector<Json>();
}

std::vector<Json> WaitCauses::events_of(const Json& object) {
  std::vector<Json> events;
  const std::string uid = metadata_text(object, "uid");
  const std::string name_space = metadata_text(object, "namespace");
  // Events about what has no namespace are in a namespace of others.
  if (uid.empty() || name_space.empty()) return events;
  try_to([&] {
    Client& client = m_fleet.client(m_step.action.cluster);
    events = client.events(name_space, uid, m_fleet.deadline()).get<std::vector<Json>>();
  });
  return events;
}

void WaitCauses::look(const Json& live) {
  m_live = live;
  m_faults.clear();
  m_pods.clear();
  m_unread.clear();
  if (live.is_null() || !has_pods(m_step.ref.kind)) return;
  const std::string never = never_rolls_out(live);
  if (!never.empty()) m_faults.push_back(fault_of_workload("", never, Lasting::yes));
  for (const Json& condition : find_at(live, "/status/conditions")) {
    const bool failed = m_step.ref.kind == "Job" && text_at(condition, "/type") == "Failed" &&
                        text_at(condition, "/status") == "True";
    if (!failed) continue;
    m_faults.push_back(fault_of_workload(text_at(condition, "/reason"),
                                         text_at(condition, "/message"), Lasting::yes));
  }
  try_to([&] { look_at_pods(live); });
  std::stable_sort(m_faults.begin(), m_faults.end(),
                   [](const PodFault& a, const PodFault& b) { return a.lasting > b.lasting; });
}

void WaitCauses::look_at_pods(const Json& live) {
  Json workload = live;
  workload["kind"] = m_step.ref.kind;
  const WorkloadPods found =
      pods_of(workload,
              [&](const ObjectRef& kind, const std::string& labels) { return list(kind, labels); });
  for (const Json& pod : found.pods) {
    m_pods[metadata_text(pod, "name")] = pod;
    for (PodFault& fault : faults_of(pod)) {
      if (fault.reason == "ErrImagePull" || fault.reason == "ImagePullBackOff") {
        add_pull_event(fault);
      }
      if (fault.lasting == Lasting::if_it_restarts) {
        const auto first = m_restarts.emplace(place_of(fault), fault.restarts).first;
        // One that failed before this wait and is left alone may work the next time.
        fault.lasting = fault.restarts > first->second ? Lasting::yes : Lasting::no;
      } else if (!fault.container.empty()) {
        m_restarts.emplace(place_of(fault), fault.restarts);
      }
      m_faults.push_back(std::move(fault));
    }
  }
  const auto count = static_cast<std::int64_t>(found.pods.size());
  const std::int64_t wanted = desired_pods(live);
  if (count >= wanted || found.creator.is_null()) return;
  look_at_creator(found.creator, std::to_string(count) + " of " +
                                     counted(static_cast<std::size_t>(wanted), "pod") +
                                     (count == 1 ? " is" : " are") + " created");
}

/// A ReplicaSet has the whole message in its status, the others in their events, at most 1 KiB.
void WaitCauses::look_at_creator(const Json& creator, const std::string& missing) {
  for (const Json& condition : find_at(creator, "/status/conditions")) {
    if (text_at(condition, "/type") != "ReplicaFailure" ||
        text_at(condition, "/status") != "True") {
      continue;
    }
    const std::string message = text_at(condition, "/message");
    m_faults.push_back(fault_of_workload(text_at(condition, "/reason"), message,
                                         is_lasting_denial(message) ? Lasting::yes : Lasting::no));
    return;
  }
  const std::string event = newest_warning(events_of(creator), [](const Json& each) {
    return text_at(each, "/reason") == "FailedCreate";
  });
  if (event.empty()) {
    m_faults.push_back(fault_of_workload("", missing, Lasting::no));
    return;
  }
  m_faults.push_back(
      fault_of_workload("", event, is_lasting_denial(event) ? Lasting::yes : Lasting::no));
}

/// Kubelets before 1.31 say in back-off that they wait, and only in an event for what.
void WaitCauses::add_pull_event(PodFault& fault) {
  fault.ask_events = false;
  if (fault.lasting == Lasting::yes) return;
  const std::string event = newest_warning(events_of(m_pods.at(fault.pod)), [&](const Json& each) {
    return text_at(each, "/message").find("ailed to pull image") != std::string::npos;
  });
  if (event.empty()) return;
  fault.details += (fault.details.empty() ? "" : "; ") + event;
  if (is_lasting_pull_error(event)) fault.lasting = Lasting::yes;
}

bool WaitCauses::lasting() const {
  return std::any_of(m_faults.begin(), m_faults.end(),
                     [](const PodFault& fault) { return fault.lasting == Lasting::yes; });
}

std::string WaitCauses::log_of(const PodFault& fault) {
  std::string lines;
  try_to([&] {
    const ObjectRef pod{"v1", "Pod", m_step.ref.name_space, fault.pod};
    Client& client = m_fleet.client(m_step.action.cluster);
    const std::string log = client.log(pod, fault.container, fault.log == LogOf::run_before,
                                       k_log_lines, m_fleet.deadline());
    for (const std::string& line : split(masked_text(log), '\n')) {
      if (!line.empty()) lines += "\n  | " + escape_terminal(cut(line, k_line_max), true);
    }
  });
  return lines;
}

std::string WaitCauses::text_of(PodFault fault, std::size_t others) {
  if (fault.ask_events) {
    const std::string event = newest_warning(events_of(m_pods.at(fault.pod)), [](const Json& each) {
      return text_at(each, "/reason") != "BackOff";
    });
    if (!event.empty()) fault.details += (fault.details.empty() ? "" : "; ") + event;
  }
  std::string text;
  if (!fault.pod.empty()) text = "Pod " + m_step.ref.name_space + "/" + fault.pod;
  if (others > 0) text += " and " + counted(others, "other");
  if (!fault.container.empty()) text += ", container " + fault.container;
  if (!text.empty()) text += ": ";
  const std::string details = escape_terminal(masked_text(cut(fault.details, k_details_max)), true);
  text += fault.reason + (fault.reason.empty() || details.empty() ? "" : ": ") + details;
  return "\n" + text + (fault.log == LogOf::none ? "" : log_of(fault));
}

std::string WaitCauses::lines() {
  std::string text;
  if (m_faults.empty() && !m_live.is_null()) {
    const std::string event = newest_warning(events_of(m_live), [](const Json&) { return true; });
    if (!event.empty())
      text += "\n" + escape_terminal(masked_text(cut(event, k_details_max)), true);
  }
  std::set<std::string> told;
  for (const PodFault& fault : m_faults) {
    if (told.size() >= k_faults_shown || !told.insert(kind_of(fault)).second) continue;
    const auto same = std::count_if(m_faults.begin(), m_faults.end(), [&](const PodFault& other) {
      return kind_of(other) == kind_of(fault);
    });
    text += text_of(fault, static_cast<std::size_t>(same) - 1);
  }
  for (const std::string& problem : m_unread) text += "\n" + problem;
  return text;
}

std::string WaitCauses::hint() const {
  const ObjectRef& ref = m_step.ref;
  const auto command = [&](const std::string& what) {
    return "kubectl --context " + shell_quoted(m_step.action.cluster) +
           (ref.name_space.empty() ? "" : " -n " + ref.name_space) + " " + what;
  };
  const auto told = std::find_if(m_faults.begin(), m_faults.end(),
                                 [](const PodFault& fault) { return !fault.pod.empty(); });
  const std::string look = told != m_faults.end()
                               ? command("describe pod " + told->pod)
                               : command("describe " + ref.kind + " " + ref.name);
  if (!m_faults.empty()) {
    return "fix the cause, then run the same command again; more: " + look;
  }
  return "look at it with " + look + ", then run the same command again: it goes on from here";
}

}  // namespace mesh
