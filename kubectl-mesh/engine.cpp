#include "engine.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include "run/refusal.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/cancel.hpp"
#include "base/exit_code.hpp"
#include "base/hardening.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"
#include "kube/transport.hpp"

namespace {

using mesh::Catalogue;
using mesh::Invocation;
using mesh::OutputFormat;
using mesh::Problem;

/// The host's own commands; everything else is a verb of a plugin.
struct CommandRun {
  const char* words;
  int (*run)(const Invocation&, const Catalogue&);
};
constexpr std::array<CommandRun, 17> k_runs{{{"init", mesh::run_init},
                                             {"plan", mesh::run_plan},
                                             {"up", mesh::run_up},
                                             {"status", mesh::run_status},
                                             {"down", mesh::run_down},
                                             {"contexts", mesh::run_contexts},
                                             {"undo", mesh::run_undo},
                                             {"completion install", mesh::run_completion_install},
                                             {"doctor", mesh::run_doctor},
                                             {"plugin list", mesh::run_plugin_list},
                                             {"plugin check", mesh::run_plugin_check},
                                             {"plugin info", mesh::run_plugin_info},
                                             {"plugin install", mesh::run_plugin_install},
                                             {"plugin new", mesh::run_plugin_new},
                                             {"plugin remove", mesh::run_plugin_remove},
                                             {"plugin trust", mesh::run_plugin_trust},
                                             {"plugin untrust", mesh::run_plugin_untrust}}};

int dispatch(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string words = mesh::join(invocation.command, " ");
  const auto* row = std::find_if(k_runs.begin(), k_runs.end(), [&](const CommandRun& candidate) {
    return words == candidate.words;
  });
  return row == k_runs.end() ? mesh::run_concern(invocation, catalogue)
                             : row->run(invocation, catalogue);
}

/// Problems go to stderr in words, or to stdout as the one document that was asked for.
int report(const std::vector<Problem>& problems, const Invocation& invocation) {
  const bool document =
      invocation.output == OutputFormat::json || invocation.output == OutputFormat::yaml;
  const std::string text =
      mesh::render_problems(problems, invocation.output, mesh::style_of(invocation));
  (document ? mesh::print : mesh::tell)(text);
  if (mesh::stop_requested()) return 128 + mesh::stop_signal();
  return mesh::exit_code_of(problems.front().code);
}

int answer(const Invocation& invocation, const Catalogue& catalogue) {
  try {
    mesh::allow_descriptors();
    return dispatch(invocation, catalogue);
  } catch (const mesh::Refusal& refusal) {
    return report(refusal.problems(), invocation);
  } catch (const mesh::Failure& failure) {
    return report({failure.problem()}, invocation);
  } catch (const std::exception& error) {
    Problem problem;
    problem.code = "internal";
    problem.message = std::string("this is a bug of ours: ") + error.what();
    problem.hint = "run it again with -v 6 and report what it prints";
    return report({problem}, invocation);
  }
}

}  // namespace

int mesh_engine_run(const Invocation& invocation, const Catalogue& catalogue) {
  mesh::forbid_core_dumps();
  mesh::prepare_transport();
  mesh::install_signal_handlers();
  try {
    return answer(invocation, catalogue);
  } catch (const mesh::Failure& unheard) {  // stdout does not even take the document that says so
    mesh::tell("error: " + unheard.problem().message + "\n");
    return mesh::exit_code_of(unheard.problem().code);
  }
}
