#include "base/hardening.hpp"

#include <algorithm>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "mesh/problem.hpp"

namespace mesh {

void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

void allow_descriptors() {
  constexpr rlim_t k_least = 64;
  constexpr rlim_t k_enough = 4096;  // some for each cluster
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  if (files.rlim_cur < k_enough) {
    files.rlim_cur = std::min(files.rlim_max, k_enough);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
  if (files.rlim_cur >= k_least) return;
  throw Failure("failed",
                "this process may have only " + std::to_string(files.rlim_cur) +
                    " files open, and needs " + std::to_string(k_least),
                "raise the limit: ulimit -n 1024");
}

}  // namespace mesh
