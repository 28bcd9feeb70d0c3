#include "cli/output.hpp"

#include "cli/document_text.hpp"
#include "cli/findings.hpp"
#include "cli/junit.hpp"
#include "cli/notes.hpp"
#include "cli/problem_text.hpp"
#include "cli/report_table.hpp"

namespace mesh {

namespace {

/// What an item is called: its name, or the cluster or check that it is about.
std::string names_text(const Report& report) {
  std::string text;
  for (const Json& item : report.items) {
    for (const char* field : {"/name", "/id", "/cluster"}) {
      const Json value = value_at(item, field);
      if (!value.is_string()) continue;
      text += cell_text(value) + "\n";
      break;
    }
  }
  return text;
}

Json report_document(const Report& report) {
  const Json whole = to_json(report);
  return {{"apiVersion", k_document_version},
          {"kind", report.kind},
          {"items", whole["items"]},
          {"notes", whole["notes"]},
          {"problems", whole["problems"]}};
}

}  // namespace

std::string render(const Report& report, OutputFormat format, const Style& style) {
  if (is_document(format)) return document_text(report_document(report), format);
  if (format == OutputFormat::name) return names_text(report);
  if (format == OutputFormat::junit) {
    if (report.kind == k_finding_list) return junit_text(report);
    throw Failure("usage", "-o junit is for checks, and this is none",
                  "use it with a verb called verify, or take -o json");
  }
  const std::string notes = notes_text(report.notes);
  std::string text = report.kind == k_finding_list ? findings_text(report, format, style)
                                                   : report_table(report, format, style);
  return text + (notes.empty() ? "" : "\n" + notes);
}

std::string render_problems(const std::vector<Problem>& problems, OutputFormat format,
                            const Style&) {
  return problems_text(problems, format);
}

}  // namespace mesh
