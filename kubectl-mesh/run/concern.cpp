#include "run/change.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"
#include "base/paths.hpp"

namespace mesh {

namespace {

const Verb& declared(const Catalogue& catalogue, const std::string& address,
                     const std::string& name) {
  const Extension* extension = catalogue.extension(address);
  if (extension != nullptr) {
    for (const Verb& verb : extension->verbs) {
      if (verb.name == name) return verb;
    }
  }
  throw Failure("internal", "the catalogue lost " + address + " " + name);
}

Json request_of(const Invocation& invocation, Session& session) {
  return {{"clusters", session.fleet().names()},
          {"options", invocation.options},
          {"settings", session.settings(invocation.command.front())}};
}

/// A file without a folder belongs to the plugin that keeps it.
Plan located(Plan plan, const std::string& address, const Catalogue& catalogue) {
  for (Action& action : plan.actions) {
    if (action.type != ActionType::store || !action.file.folder.empty()) continue;
    const PluginEntry* owner =
        catalogue.provider(action.file.owner.empty() ? address : action.file.owner);
    if (owner == nullptr) throw Failure("plugin-fault", "nobody offers " + action.file.owner);
    action.file.folder = (store_home() / owner->manifest.name).string();
  }
  return plan;
}

int report_out(const Report& report, Session& session) {
  session.quiet();
  const Invocation& invocation = session.invocation();
  print(render(report, invocation.output, session.style()));
  if (invocation.output != OutputFormat::json && invocation.output != OutputFormat::yaml &&
      !report.problems.empty()) {
    tell(render_problems(report.problems, OutputFormat::table, session.style()));
  }
  if (stop_requested()) return 128 + stop_signal();
  if (!report.problems.empty() && !report.failed) {
    return exit_code_of(report.problems.front().code);
  }
  return report.failed ? k_exit_difference : k_exit_done;
}

}  // namespace

int run_concern(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string address = "command/1:" + invocation.command.front();
  const Verb& verb = declared(catalogue, address, invocation.command.back());
  Session session(invocation, catalogue);

  // A changing verb first learns who the clusters are: a plan for a cluster that does not answer,
  // or for one cluster under two names, would be wrong.
  const Identities identities = verb.changes ? identify_all(session) : Identities{};
  const Json answer = session.ask(address, verb.name, request_of(invocation, session));
  if (!verb.changes) return report_out(report_from_json(answer), session);
  return carry_out(located(plan_from_json(answer), address, catalogue), identities, session);
}

}  // namespace mesh
