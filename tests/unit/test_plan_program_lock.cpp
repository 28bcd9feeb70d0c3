#include "folder_support.hpp"

#include "base/process.hpp"
#include "plan/program_lock.hpp"

using mesh::Access;
using mesh::Deadline;
using mesh::ProgramLock;
using mesh::test::code_of;
using mesh::test::Environment;
using mesh::test::TemporaryFolder;

namespace {

struct StateHome {
  TemporaryFolder folder;
  Environment home{"XDG_STATE_HOME", folder.path().c_str()};
};

Access access_to(const std::string& server) {
  Access access;
  access.endpoint.context = "a";
  access.endpoint.server = server;
  return access;
}

Deadline soon() {
  return Deadline::in(std::chrono::milliseconds(20));
}

}  // namespace

TEST_CASE("one program at a time works on a cluster, and no other cluster waits for it") {
  const StateHome state;
  const Access one = access_to("https://one");
  CHECK_FALSE(ProgramLock::is_held(one));
  {
    const ProgramLock lock(one, soon());
    CHECK(ProgramLock::is_held(one));
    CHECK_FALSE(ProgramLock::is_held(access_to("https://two")));
    CHECK(code_of([&] { ProgramLock(one, soon()); }) == "pending");
  }
  CHECK_FALSE(ProgramLock::is_held(one));
  CHECK_NOTHROW(ProgramLock(one, soon()));
}

TEST_CASE("a program that outlives its run keeps the lock to its end") {
  const StateHome state;
  const Access one = access_to("https://one");
  {
    const ProgramLock lock(one, soon());
    mesh::CommandLine command;
    command.program = "/bin/sh";
    command.arguments = {"-c", "sleep 0.5 >/dev/null 2>&1 &"};
    command.environment = mesh::current_environment();
    command.held = lock.descriptor();
    CHECK(mesh::run_process(command, Deadline::in(std::chrono::seconds(20))).status == 0);
  }
  CHECK(ProgramLock::is_held(one));
  CHECK_NOTHROW(ProgramLock(one, Deadline::in(std::chrono::seconds(20))));
}
