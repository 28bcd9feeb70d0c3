#include "run/identity_check.hpp"
#include "run/stages.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"

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

}  // namespace

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

int run_concern(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string address = "command/1:" + invocation.command.front();
  const Verb& verb = declared(catalogue, address, invocation.command.back());
  Session session(invocation, catalogue);

  const std::string& concern = invocation.command.front();
  const Json request = request_for(session, concern, session.fleet().names(), session.mesh());
  if (!verb.changes) {
    IdentityCheck identities(session);
    const Report report = report_from_json(session.ask(address, verb.name, request));
    identities.require();
    return report_out(report, session);
  }
  const Stage stage = stage_of(session, concern, verb.name, request);
  return carry_out({stage}, "", identify_all(session), session);
}

}  // namespace mesh
