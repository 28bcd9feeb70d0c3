// A plugin that tries what its manifest does not name: each verb does one thing and says how it
// went, as errno has it (0: it worked).

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mesh/extension.hpp"

namespace {

using mesh::Json;

int outcome(long result) {
  return result < 0 ? errno : 0;
}

std::string path_in(const Json& request) {
  return request.at("path").get<std::string>();
}

int connects(const Json&) {
  return outcome(::socket(AF_INET, SOCK_STREAM, 0));
}

int asks_the_agent(const Json&) {
  return outcome(::socket(AF_UNIX, SOCK_STREAM, 0));
}

int reads(const Json& request) {
  return outcome(::open(path_in(request).c_str(), O_RDONLY | O_CLOEXEC));
}

int writes(const Json& request) {
  return outcome(::open(path_in(request).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

/// What fork answers, or execve in a child that it should have replaced.
int starts(const Json& request) {
  const std::string program = path_in(request);
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) {
    ::execl(program.c_str(), program.c_str(), nullptr);
    ::_exit(errno);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

int signals_the_host(const Json&) {
  return outcome(::kill(::getppid(), 0));
}

int signals_everybody(const Json&) {
  return outcome(::kill(-1, 0));
}

int leaves_the_group(const Json&) {
  return outcome(::setpgid(0, ::getppid()));
}

int traces_the_host(const Json&) {
  return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr));
}

int has_an_open_file(const Json&) {
  for (int descriptor = 5; descriptor < 200; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) return 0;
  }
  return EBADF;
}

int still_computes(const Json&) {
  return ::raise(0) == 0 && ::setenv("X", "y", 1) == 0 ? 0 : errno;
}

struct Row {
  std::string_view verb;
  int (*tries)(const Json& request);
};
constexpr std::array<Row, 11> k_rows{{{"connects", connects},
                                      {"asks-the-agent", asks_the_agent},
                                      {"reads", reads},
                                      {"writes", writes},
                                      {"starts", starts},
                                      {"signals-the-host", signals_the_host},
                                      {"signals-everybody", signals_everybody},
                                      {"leaves-the-group", leaves_the_group},
                                      {"traces-the-host", traces_the_host},
                                      {"has-an-open-file", has_an_open_file},
                                      {"still-computes", still_computes}}};

class Prying : public mesh::ExtensionPoint {
 public:
  mesh::Extension describe() const override {
    mesh::Extension extension;
    extension.point = "test/1";
    extension.name = "prying";
    return extension;
  }

  Json invoke(std::string_view verb, const Json& request, const mesh::Host&) override {
    for (const Row& row : k_rows) {
      if (row.verb == verb) return {{"errno", row.tries(request)}};
    }
    throw mesh::Failure("unsupported", "no verb " + std::string(verb));
  }
};

}  // namespace

MESH_PLUGIN("prying", "1.0.0", "tries what it may not", "the tests", new Prying)
