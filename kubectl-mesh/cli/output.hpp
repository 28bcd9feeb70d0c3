#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "mesh/documents.hpp"
#include "plan/executor.hpp"

namespace mesh {

/// Terminal or not, colours or not, decided once.
struct Style {
  bool color = false;     ///< of stdout
  bool terminal = false;  ///< stderr is one: progress is drawn
};
Style decide_style(ColorMode mode);

/// One document to stdout in the format asked for. Everything from a cluster is escaped in tables.
std::string render(const Report& report, OutputFormat format, const Style& style);
std::string render_plan(const Plan& plan, const std::vector<Step>& steps, OutputFormat format,
                        const Style& style, bool show_secrets);
/// The result of a changing verb: what was done, what not, and what to type next.
std::string render_result(const Plan& plan, const std::vector<Step>& steps,
                          const Execution& execution, const std::string& run, OutputFormat format,
                          const Style& style);
/// "error: ..." lines for stderr, or the document of kind Error for -o json|yaml on stdout.
std::string render_problems(const std::vector<Problem>& problems, OutputFormat format,
                            const Style& style);
/// YAML as kubectl prints it: strings that YAML 1.1 or 1.2 would read as something else are quoted.
std::string to_yaml(const Json& document);
/// Writes the plan's objects as manifests: a folder per cluster, files in the order of application,
/// with a kustomization.yaml. Secret values only if asked. Answers the number of files.
std::size_t write_tree(const Plan& plan, const std::filesystem::path& folder, bool show_secrets);
/// kubectl's table: upper-case headers, three spaces, no borders.
std::string to_table(const std::vector<std::string>& headers,
                     const std::vector<std::vector<std::string>>& rows);

}  // namespace mesh
