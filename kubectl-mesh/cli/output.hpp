#pragma once

#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "cli/style.hpp"
#include "mesh/documents.hpp"
#include "plan/executor.hpp"

namespace mesh {

// What a command prints, as text for stdout in the format asked for. For programs that is one
// document; its shapes are sdk/schemas/output.json. For people everything that came from a cluster
// or a plugin is escaped. Values of Secrets are fingerprints unless asked for.

std::string render(const Report& report, OutputFormat format, const Style& style);
/// What of a plan is shown, beside its steps and the fields that they change.
struct PlanLook {
  bool show_secrets = false;
  bool contents = false;  ///< of objects that are created or deleted, for people
};
std::string render_plan(const Plan& plan, const std::vector<Step>& steps, OutputFormat format,
                        const Style& style, const PlanLook& look);
/// The result of a changing verb: what was done, what not, and what to type next. `run` is empty
/// for a dry run. What a step that failed says is part of the document; for people it is told on
/// stderr, as kubectl does: see problems_of.
std::string render_result(const Plan& plan, const std::vector<Step>& steps,
                          const Execution& execution, const std::string& run, OutputFormat format,
                          const Style& style);
/// What went wrong, step by step, then what ended the run between two steps.
std::vector<Problem> problems_of(const std::vector<Step>& steps, const Execution& execution);
/// "error: ..." lines for stderr, or the document of kind Error for stdout.
std::string render_problems(const std::vector<Problem>& problems, OutputFormat format,
                            const Style& style);

}  // namespace mesh
