#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "cluster/selection.hpp"

using mesh::Kubeconfig;
using mesh::select_contexts;
using mesh::test::problem_of;
using Names = std::vector<std::string>;

namespace {

Kubeconfig config() {
  Kubeconfig made;
  for (const char* name : {"prod", "game-gke", "game-old", "game-agones", "-odd", "a*b", "axb",
                           "arn:aws:eks:eu-1:7:cluster/blue"}) {
    made.contexts[name] = {};
    made.context_order.emplace_back(name);
  }
  made.current_context = "prod";
  return made;
}

struct SelectionRow {
  Names patterns, selected;
};

}  // namespace

TEST_CASE("names and patterns select in their own order, each context once") {
  const SelectionRow row =
      GENERATE(SelectionRow{{"game-old", "prod"}, {"game-old", "prod"}},
               SelectionRow{{"prod", "prod"}, {"prod"}},
               SelectionRow{{"game-*"}, {"game-gke", "game-old", "game-agones"}},
               SelectionRow{{"game-agones", "game-*"}, {"game-agones", "game-gke", "game-old"}},
               SelectionRow{{"game-?ke"}, {"game-gke"}},
               SelectionRow{{"game-[go]*"}, {"game-gke", "game-old"}},
               SelectionRow{{"arn:*"}, {"arn:aws:eks:eu-1:7:cluster/blue"}},  // * goes over slashes
               SelectionRow{{"a*b"}, {"a*b"}},  // a name is first of all a name
               SelectionRow{{"-odd"}, {"-odd"}});
  CHECK(select_contexts(config(), row.patterns, "") == row.selected);
}

TEST_CASE("what is excluded stays out, wherever it is said") {
  const SelectionRow row =
      GENERATE(SelectionRow{{"game-*", "-game-old"}, {"game-gke", "game-agones"}},
               SelectionRow{{"-game-old", "game-*"}, {"game-gke", "game-agones"}},
               SelectionRow{{"game-gke", "game-old", "-game-o*"}, {"game-gke"}},
               SelectionRow{{"-prod", "prod", "game-gke"}, {"game-gke"}},
               SelectionRow{{"-prod", "-game-*", "-a*b", "-axb", "-arn:*"}, {"-odd"}},
               SelectionRow{{"*", "-a*"}, {"prod", "game-gke", "game-old", "game-agones", "-odd"}});
  CHECK(select_contexts(config(), row.patterns, "") == row.selected);
}

TEST_CASE("without patterns the context that was named, or the current one, is meant") {
  CHECK(select_contexts(config(), {}, "game-gke") == Names{"game-gke"});
  CHECK(select_contexts(config(), {}, "") == Names{"prod"});
  Kubeconfig none = config();
  none.current_context.clear();
  const mesh::Problem problem = problem_of([&] { select_contexts(none, {}, ""); });
  CHECK(problem.code == "unknown-context");
  CHECK(problem.hint.find("--contexts") != std::string::npos);
}

TEST_CASE("what matches nothing is named, with the nearest name") {
  struct Wrong {
    Names patterns;
    std::string context, pattern, near;
  };
  const Wrong row = GENERATE(Wrong{{"game-gek"}, "", "game-gek", "game-gke"},
                             Wrong{{"prod", "nothing-*"}, "", "nothing-*", ""},
                             Wrong{{"game-*", "-game-odl"}, "", "game-odl", "game-old"},
                             Wrong{{}, "pord", "pord", "prod"}, Wrong{{"-"}, "", "", ""});
  const mesh::Problem problem =
      problem_of([&] { select_contexts(config(), row.patterns, row.context); });
  CHECK(problem.code == "unknown-context");
  CHECK(problem.message == "no context matches \"" + row.pattern + "\"");
  CHECK((problem.hint.find("did you mean \"" + row.near + "\"?") != std::string::npos) ==
        !row.near.empty());
}

TEST_CASE("to exclude everything is an error, not everything") {
  const mesh::Problem problem = problem_of([] { select_contexts(config(), {"prod", "-*"}, ""); });
  CHECK(problem.code == "unknown-context");
  CHECK(problem.message == "--contexts prod,-* leaves no context");
}

TEST_CASE("a current context that is gone is an error") {
  Kubeconfig broken = config();
  broken.current_context = "gone";
  CHECK(mesh::test::code_of([&] { select_contexts(broken, {}, ""); }) == "unknown-context");
}
