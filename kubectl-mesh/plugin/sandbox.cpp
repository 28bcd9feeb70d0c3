#include "plugin/sandbox.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/hardening.hpp"
#include "base/paths.hpp"
#include "base/search_path.hpp"
#include "base/text.hpp"
#include "plugin/landlock.hpp"
#include "plugin/needs.hpp"
#include "plugin/privileges.hpp"
#include "plugin/system_calls.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

/// A path that a plugin reads, and who does: a folder is named only where all of it is public.
struct PathRow {
  const char* path;
  bool (*read)(const Needs&);
};
bool by_all(const Needs&) {
  return true;
}
bool with_network(const Needs& needs) {
  return needs.network;
}
bool with_programs(const Needs& needs) {
  return !needs.programs.empty();
}

constexpr std::array<PathRow, 37> k_paths{{
    // libraries, time zones, languages
    {"/usr/lib", by_all},
    {"/usr/lib32", by_all},
    {"/usr/lib64", by_all},
    {"/usr/local/lib", by_all},
    {"/usr/share/zoneinfo", by_all},
    {"/usr/share/locale", by_all},
    {"/lib", by_all},
    {"/lib32", by_all},
    {"/lib64", by_all},
    {"/etc/ld.so.cache", by_all},
    {"/etc/localtime", by_all},
    {"/etc/ssl/openssl.cnf", by_all},
    {"/etc/pki/tls/openssl.cnf", by_all},
    {"/etc/crypto-policies", by_all},
    {"/usr/share/crypto-policies", by_all},
    // the machine, and this process alone
    {"/dev/null", by_all},
    {"/dev/zero", by_all},
    {"/dev/random", by_all},
    {"/dev/urandom", by_all},
    {"/proc/cpuinfo", by_all},
    {"/proc/meminfo", by_all},
    {"/proc/self", by_all},
    // names of machines, and who vouches for them
    {"/etc/resolv.conf", with_network},
    {"/etc/hosts", with_network},
    {"/etc/host.conf", with_network},
    {"/etc/gai.conf", with_network},
    {"/etc/services", with_network},
    {"/etc/nsswitch.conf", with_network},
    {"/etc/ssl/certs", with_network},
    {"/etc/pki/tls/certs", with_network},
    {"/etc/pki/ca-trust/extracted", with_network},
    {"/usr/share/ca-certificates", with_network},
    {"/usr/local/share/ca-certificates", with_network},
    // what programs start, and who they are
    {"/usr", with_programs},
    {"/bin", with_programs},
    {"/etc/passwd", with_programs},
    {"/etc/group", with_programs},
}};

fs::path expanded(const std::string& path) {
  const char* home = std::getenv("HOME");
  if (!path.starts_with("~/") || home == nullptr) return path;
  return fs::path(home) / path.substr(2);
}

std::vector<fs::path> paths_of(const Needs& needs) {
  std::vector<fs::path> paths{engine_library().parent_path()};  // libraries that come with us
  for (const PathRow& row : k_paths) {
    if (row.read(needs)) paths.emplace_back(row.path);
  }
  for (const std::string& file : needs.files) paths.push_back(expanded(file));
  for (const std::string& program : needs.programs) {
    for (const fs::path& file : find_programs(needed_program(program).name)) paths.push_back(file);
  }
  return paths;
}

// ---- what the kernel must have

SystemCalls system_calls_of(const Needs& needs, int version) {
  const bool programs = !needs.programs.empty();
  return {.network = needs.network,
          .programs = programs,
          .signals = programs && version >= k_landlock_keeps_signals,
          .truncation = version >= k_landlock_counts_truncation};
}

}  // namespace

std::string lacks_of(const Needs& needs, const Kernel& kernel) {
  std::vector<std::string> lacks;
  if (kernel.landlock == 0) lacks.emplace_back("Landlock (Linux 5.13)");
  if (!kernel.filters) lacks.emplace_back("seccomp filters");
  // A program signals its own children: only Landlock can tell these from other processes.
  const bool signals = needs.programs.empty() || kernel.landlock >= k_landlock_keeps_signals;
  if (kernel.landlock > 0 && !signals) {
    lacks.emplace_back(
        "Landlock's scope of signals (Linux 6.12), which a plugin with needs.programs relies on");
  }
  return join(lacks, ", ");
}

std::string enter_sandbox(const Needs& needs) {
  // Afterwards the kernel can be asked for nothing any more.
  Kernel kernel{.landlock = landlock_version(), .filters = false};
  const SystemCalls allowed = system_calls_of(needs, kernel.landlock);
  forbid_core_dumps();
  drop_privileges();
  limit_resources();
  if (!allow_files_only(paths_of(needs), needs.network)) kernel.landlock = 0;
  kernel.filters = allow_system_calls_only(allowed);
  return lacks_of(needs, kernel);
}

std::string sandbox_lacks(const Needs& needs) {
  return lacks_of(needs, {.landlock = landlock_version(), .filters = has_system_call_filters()});
}

std::string unsandboxed_text(const std::string& plugin, const std::string& lacks) {
  if (lacks.empty()) {
    return "plugin " + plugin +
           " runs in a complete sandbox; --allow-unsandboxed is not needed on this kernel";
  }
  return "plugin " + plugin + " runs in an incomplete sandbox; this kernel lacks " + lacks;
}

Failure without_sandbox(const std::string& plugin, const std::string& lacks) {
  return {"plugin-refused",
          "plugin " + plugin + " is not started: this kernel cannot confine it; it lacks " + lacks,
          "use a kernel that has it, or start the plugin without it, for this run: "
          "--allow-unsandboxed=" +
              plugin};
}

}  // namespace mesh
