#include "plan/lease.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <pwd.h>
#include <unistd.h>
#include <utility>

#include "base/text.hpp"
#include "base/utc.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

const ObjectRef k_lease{"coordination.k8s.io/v1", "Lease", "default", "kubectl-mesh"};

// What the fields of a Lease have no place for.
constexpr const char* k_run = "/metadata/annotations/kubectl-mesh.dev~1run";
constexpr const char* k_command = "/metadata/annotations/kubectl-mesh.dev~1command";
constexpr const char* k_machine = "/metadata/annotations/kubectl-mesh.dev~1machine";
constexpr const char* k_pid = "/metadata/annotations/kubectl-mesh.dev~1pid";

// For a sign of life, and for the last one: nobody is to wait for a server that hangs.
constexpr std::chrono::seconds k_sign{3};

constexpr const char* k_holder = "/spec/holderIdentity";
constexpr const char* k_seconds = "/spec/leaseDurationSeconds";
constexpr const char* k_acquired = "/spec/acquireTime";
constexpr const char* k_renewed = "/spec/renewTime";

/// MicroTime, as Kubernetes writes it.
std::string micro_time(Moment time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - whole).count();
  return utc_text(whole, k_rfc3339) + "." + std::to_string(1'000'000 + micros).substr(1) + "Z";
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The same boot and the same names for processes: only there a pid means the same process.
std::string machine_of_ours() {
  std::error_code error;
  const std::string names = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return first_line("/proc/sys/kernel/random/boot_id") + " " + names;
}

std::string operator_of_ours() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found == nullptr ? "uid " + std::to_string(::geteuid()) : found->pw_name;
}

std::string host_of_ours() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unknown host";
}

bool has_ended(const std::string& machine, const std::string& pid) {
  if (machine.empty() || machine != machine_of_ours()) return false;
  const int number = std::atoi(pid.c_str());
  return number > 0 && ::kill(number, 0) != 0 && errno == ESRCH;
}

/// "2026-12-01T00:42:57Z"
std::string without_micros(const std::string& time) {
  const std::size_t dot = time.find('.');
  return dot == std::string::npos ? time : time.substr(0, dot) + "Z";
}

}  // namespace

LeaseHolder this_process(std::string run, std::string command) {
  return {.run = std::move(run),
          .command = std::move(command),
          .operator_name = operator_of_ours(),
          .host = host_of_ours(),
          .machine = machine_of_ours(),
          .pid = ::getpid()};
}

Lease::Lease(std::string cluster, LeaseHolder holder, Fleet& fleet)
    : m_cluster(std::move(cluster)), m_holder(std::move(holder)), m_fleet(fleet) {}

std::optional<Problem> Lease::take() {
  Client& client = m_fleet.client(m_cluster);
  try {
    m_live = client.create(written(now(), now()), m_fleet.deadline());
    return std::nullopt;
  } catch (const Failure& failure) {
    // It is there; or the answer was lost, and ours may be there.
    const std::string& code = failure.problem().code;
    if (code == "forbidden" || code == "missing" || code == "cancelled") throw;
    const std::optional<Json> live = client.get(k_lease, m_fleet.deadline());
    if (!live) throw;
    return take_from(*live);
  }
}

std::optional<Problem> Lease::take_from(const Json& live) {
  const bool ours = text_at(live, k_run) == m_holder.run;
  if (!ours && !is_over(live)) return held_by(live);
  const Json wanted = written(now(), now());
  const Json operations =
      Json::array({{{"op", "test"},
                    {"path", "/metadata/resourceVersion"},
                    {"value", metadata_text(live, "resourceVersion")}},
                   {{"op", "add"}, {"path", "/spec"}, {"value", wanted["spec"]}},
                   {{"op", "add"},
                    {"path", "/metadata/annotations"},
                    {"value", wanted["metadata"]["annotations"]}}});
  try {
    m_live = m_fleet.client(m_cluster).patch(k_lease, operations, DryRun::none, m_fleet.deadline());
    return std::nullopt;
  } catch (const Failure& failure) {
    if (failure.problem().code != "precondition") throw;
  }
  // Another run was faster.
  const std::optional<Json> now_live = m_fleet.client(m_cluster).get(k_lease, m_fleet.deadline());
  return held_by(now_live.value_or(live));
}

void Lease::renew() {
  const Json operations = Json::array({{{"op", "test"}, {"path", k_run}, {"value", m_holder.run}},
                                       {{"op", "add"}, {"path", k_renewed}, {"value", now()}}});
  try {
    m_live = m_fleet.client(m_cluster).patch(k_lease, operations, DryRun::none,
                                             m_fleet.deadline(k_sign));
    return;
  } catch (const Failure& failure) {
    const std::string& code = failure.problem().code;
    if (code != "precondition" && code != "missing") throw;
  }
  // Of another run now, or deleted by somebody.
  std::optional<Problem> taken = take();
  if (taken) throw Failure(std::move(*taken));
}

void Lease::release() {
  if (m_live.is_null()) return;
  m_fleet.client(m_cluster).remove(k_lease, metadata_text(m_live, "uid"),
                                   metadata_text(m_live, "resourceVersion"), DryRun::none,
                                   m_fleet.deadline(k_sign));
}

Json Lease::written(const std::string& acquired, const std::string& renewed) const {
  Json object{{"apiVersion", k_lease.api_version},
              {"kind", k_lease.kind},
              {"metadata", {{"name", k_lease.name}, {"namespace", k_lease.name_space}}}};
  const auto set = [&](const char* pointer, Json value) {
    object[Json::json_pointer(pointer)] = std::move(value);
  };
  set(k_holder, m_holder.operator_name + "@" + m_holder.host);
  set(k_seconds, k_duration.count());
  set(k_acquired, acquired);
  set(k_renewed, renewed);
  set(k_run, m_holder.run);
  set(k_command, m_holder.command);
  set(k_machine, m_holder.machine);
  set(k_pid, std::to_string(m_holder.pid));
  return object;
}

bool Lease::is_over(const Json& live) const {
  if (text_at(live, k_holder).empty()) return true;
  if (has_ended(text_at(live, k_machine), text_at(live, k_pid))) return true;
  const std::string renewal = text_at(live, k_renewed);
  const std::optional<UtcText> renewed = read_utc(renewal, k_rfc3339);
  const Json seconds = find_at(live, k_seconds);
  if (!renewed || !seconds.is_number_integer()) return true;
  // Their seconds and ours are both cut off.
  const std::chrono::seconds span(seconds.get<std::int64_t>() + 1);
  return std::chrono::floor<std::chrono::seconds>(server_now()) > renewed->moment + span;
}

Problem Lease::held_by(const Json& live) const {
  const auto shown = [&](const char* pointer) { return escape_terminal(text_at(live, pointer)); };
  const std::string run = shown(k_run);
  const std::string command = shown(k_command);
  Problem problem;
  problem.code = "refused";
  problem.message = m_cluster + ": " + shown(k_holder) + " has been changing this mesh since " +
                    without_micros(shown(k_acquired)) + (run.empty() ? "" : ", run " + run) +
                    (command.empty() ? "" : " (" + command + ")");
  problem.hint =
      "wait until that run has ended, or add --lock-timeout 5m; a run that was killed is forgotten "
      "after " +
      std::to_string(k_duration.count()) + " s";
  problem.cluster = m_cluster;
  problem.object = to_string(k_lease);
  return problem;
}

Moment Lease::server_now() const {
  const std::chrono::seconds ahead =
      m_fleet.client(m_cluster).clock_ahead().value_or(std::chrono::seconds(0));
  return std::chrono::system_clock::now() + ahead;
}

std::string Lease::now() const {
  return micro_time(server_now());
}

}  // namespace mesh
