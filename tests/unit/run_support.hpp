#pragma once

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "cluster_support.hpp"
#include "run/verbs.hpp"

#include "cli/invocation.hpp"
#include "mesh/json.hpp"

namespace mesh::test {

/// What goes to one of the standard streams while this lives.
class Capture {
 public:
  Capture(int stream, const fs::path& into) : m_stream(stream), m_path(into) {
    m_before = ::dup(stream);
    const int file = ::open(into.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(::dup2(file, stream) == stream);
    ::close(file);
  }
  ~Capture() {
    ::dup2(m_before, m_stream);
    ::close(m_before);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  int m_stream;
  int m_before = -1;
  fs::path m_path;
};

struct Ran {
  int status = 0;
  std::string out, errors;
};

/// Runs a command of the host as the engine would, without plugins.
inline Ran run(int (*command)(const Invocation&, const Catalogue&), const Invocation& invocation) {
  const TemporaryFolder folder;
  Ran ran;
  {
    const Capture out(STDOUT_FILENO, folder.path() / "out");
    const Capture errors(STDERR_FILENO, folder.path() / "errors");
    ran.status = command(invocation, Catalogue{});
  }
  ran.out = content(folder.path() / "out");
  ran.errors = content(folder.path() / "errors");
  return ran;
}

}  // namespace mesh::test
