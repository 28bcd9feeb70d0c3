#include <cerrno>

#include "unit/plugin_support.hpp"

#include "plugin/landlock.hpp"
#include "plugin/sandbox.hpp"

namespace mesh {

using test::abi_plugin;
using test::example;
using test::how;
using test::no_services;
using test::PluginFolder;
using test::TemporaryFolder;

namespace {

/// prying.so in a helper, with needs that its manifest could have.
class Prisoner {
 public:
  explicit Prisoner(const Needs& needs = {}) {
    m_folder.add(abi_plugin("prying"));
    m_entry = m_folder.catalogue().plugins.at(0);
    // The sandbox goes by what the host says; the library's own manifest names nothing.
    PluginStart start = how(Isolation::helper);
    m_entry.manifest.provides.front().needs = needs;
    m_plugin = start_plugin(m_entry, start);
  }

  int tries(const std::string& verb, const std::string& path = "") {
    const Json reply =
        m_plugin->invoke("test/1:prying", verb, {{"path", path}}, no_services, Deadline::never());
    return reply.at("errno").get<int>();
  }

 private:
  PluginFolder m_folder;
  PluginEntry m_entry;
  std::unique_ptr<PluginInstance> m_plugin;
};

}  // namespace

TEST_CASE("a plugin that names no needs can compute, and nothing else") {
  Prisoner prisoner;
  CHECK(prisoner.tries("still-computes") == 0);
  CHECK(prisoner.tries("connects") == EPERM);
  CHECK(prisoner.tries("asks-the-agent") == EPERM);
  CHECK(prisoner.tries("starts", "/bin/true") == EPERM);
  CHECK(prisoner.tries("signals-the-host") == EPERM);
  CHECK(prisoner.tries("signals-everybody") == EPERM);
  CHECK(prisoner.tries("leaves-the-group") == EPERM);
  CHECK(prisoner.tries("has-an-open-file") == EBADF);
  if (landlock_version() == 0) return;
  CHECK(prisoner.tries("traces-the-host") == EPERM);
  TemporaryFolder folder;
  CHECK(prisoner.tries("reads", folder.write("token", "secret")) == EACCES);
  CHECK(prisoner.tries("writes", folder.path() / "new") == EACCES);
  CHECK(prisoner.tries("writes", "/etc/new") == EACCES);
  CHECK(prisoner.tries("reads", "/etc/hosts") == EACCES);
  CHECK(prisoner.tries("reads", "/proc/1/status") == EACCES);
  CHECK(prisoner.tries("reads", "/proc/self/status") == 0);
  CHECK(prisoner.tries("writes", "/dev/null") == 0);
}

TEST_CASE("it gets what its manifest names") {
  TemporaryFolder folder;
  const std::string token = folder.write("token", "secret");
  Needs needs;
  SECTION("connections") {
    needs.network = true;
    Prisoner prisoner(needs);
    CHECK(prisoner.tries("connects") == 0);
    CHECK(prisoner.tries("starts", "/bin/true") == EPERM);
  }
  SECTION("programs") {
    needs.programs = {"true"};
    Prisoner prisoner(needs);
    CHECK(prisoner.tries("starts", "/bin/true") == 0);
    CHECK(prisoner.tries("connects") == EPERM);
  }
  SECTION("files, to be read") {
    needs.files = {token, "/not/there"};
    Prisoner prisoner(needs);
    CHECK(prisoner.tries("reads", token) == 0);
    if (landlock_version() > 0) CHECK(prisoner.tries("writes", token) == EACCES);
  }
  SECTION("files of the home folder") {
    const test::Environment home("HOME", folder.path().c_str());
    needs.files = {"~/token"};
    CHECK(Prisoner(needs).tries("reads", token) == 0);
  }
}

TEST_CASE("what the kernel lacks is told in words") {
  CHECK((landlock_version() == 0) == (sandbox_lacks({}).find("Landlock") != std::string::npos));
}

TEST_CASE("signals rely on a newer Landlock than files, and only where programs are named") {
  Needs programs;
  programs.programs = {"true"};
  CHECK(lacks_of({}, {.landlock = 1, .filters = true}).empty());
  CHECK(lacks_of(programs, {.landlock = 6, .filters = true}).empty());
  CHECK(lacks_of(programs, {.landlock = 5, .filters = true}).find("6.12") != std::string::npos);
  CHECK(lacks_of(programs, {.landlock = 0, .filters = false}) ==
        "Landlock (Linux 5.13), seccomp filters");
}

TEST_CASE("what was sealed is what runs, whatever became of the file") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  PluginFolder folder;
  folder.add(abi_plugin("prying"));
  const PluginEntry entry = folder.catalogue().plugins.at(0);
  PluginStart start = how(isolation);
  start.sealed = std::make_shared<const SealedLibrary>(test::content(entry.library));
  folder.write("prying.so", "somebody else's");
  const auto plugin = start_plugin(entry, start);
  CHECK(plugin->invoke("test/1:prying", "still-computes", Json::object(), no_services,
                       Deadline::never()) == Json{{"errno", 0}});
}

}  // namespace mesh
