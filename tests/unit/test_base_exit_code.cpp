#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/exit_code.hpp"

using mesh::exit_code_of;

TEST_CASE("each kind of problem leads to the status that the help promises") {
  struct Row {
    int status;
    std::vector<std::string> codes;
  };
  const Row row = GENERATE(
      Row{1, {"failed", "missing", "rejected", "server-error", "a-plugin's-own", ""}},
      Row{2, {"usage", "invalid-input", "invalid-kubeconfig", "unknown-context", "unsupported"}},
      Row{3, {"pending"}}, Row{4, {"conflict", "refused", "precondition", "same-cluster"}},
      Row{5,
          {"unreachable", "tls", "redirect", "unauthorized", "forbidden", "credential",
           "throttled"}},
      Row{6, {"deadline"}}, Row{7, {"plugin-fault", "invalid-document", "plugin-refused"}},
      Row{70, {"internal"}}, Row{130, {"cancelled"}});
  for (const std::string& code : row.codes) {
    INFO(code);
    CHECK(exit_code_of(code) == row.status);
  }
}

TEST_CASE("no two statuses mean the same") {
  const std::vector<int> all{
      mesh::k_exit_done,    mesh::k_exit_difference,  mesh::k_exit_usage,     mesh::k_exit_partial,
      mesh::k_exit_refused, mesh::k_exit_unreachable, mesh::k_exit_deadline,  mesh::k_exit_plugin,
      mesh::k_exit_bug,     mesh::k_exit_interrupted, mesh::k_exit_terminated};
  CHECK(all == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 70, 130, 143});
}
