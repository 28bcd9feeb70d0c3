#include "cli/findings.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cli/report_table.hpp"
#include "mesh/counted.hpp"

namespace mesh {

namespace {

struct Result {
  Severity severity;
  const char* symbol;
  Color color;
  const char* counted;  ///< in the last line
};
constexpr std::array<Result, 5> k_results{{{Severity::pass, "✔", Color::green, "passed"},
                                           {Severity::info, "·", Color::cyan, "for information"},
                                           {Severity::warning, "!", Color::yellow, "to look at"},
                                           {Severity::failure, "✖", Color::red, "failed"},
                                           {Severity::skipped, "-", Color::gray, "skipped"}}};

/// Null for a word that no version of ours has used yet: then it is shown as it is.
const Result* result_of(const Json& item) {
  const Json word = value_at(item, "/severity");
  const auto* row = std::find_if(k_results.begin(), k_results.end(), [&](const Result& result) {
    return word == std::string(to_string(result.severity));
  });
  return row == k_results.end() ? nullptr : row;
}

std::string shown_result(const Json& item, const Style& style) {
  const Result* result = result_of(item);
  const std::string word = cell_text(value_at(item, "/severity"));
  return result != nullptr && style.symbols ? std::string(result->symbol) + " " + word : word;
}

/// The table, its first column in the colours of the results.
std::string colored_table(const Report& report, OutputFormat format, const Style& style) {
  Report shown = report;
  for (Json& item : shown.items) item["severity"] = shown_result(item, style);
  const std::vector<std::string> lines = split(report_table(shown, format, style), '\n');
  const std::size_t headers = style.headers ? 1 : 0;
  std::string text = style.headers ? lines.front() + "\n" : "";
  for (std::size_t at = 0; at < report.items.size(); ++at) {
    const std::string word = shown_result(report.items[at], style);
    const Result* result = result_of(report.items[at]);
    const std::string& line = lines[at + headers];
    const bool leads = result != nullptr && line.starts_with(word);
    text += leads ? colored(word, result->color, style) + line.substr(word.size()) : line;
    text += "\n";
  }
  return text;
}

std::string fixes_text(const Report& report) {
  std::string text;
  for (const Json& item : report.items) {
    const Json fix = value_at(item, "/fix");
    if (!fix.is_string() || fix.get_ref<const std::string&>().empty()) continue;
    const std::string subject = escape_terminal(subject_of(item));
    text +=
        "\n" + (subject.empty() ? "" : subject + ": ") + cell_text(value_at(item, "/id")) + "\n";
    const Json protects = value_at(item, "/protects");
    if (protects.is_string()) text += "  why: " + cell_text(protects) + "\n";
    text += "  fix: " + cell_text(fix) + "\n";
  }
  return text;
}

std::string totals_text(const Report& report) {
  std::vector<std::string> counts;
  for (const Result& result : k_results) {
    const auto count = std::count_if(report.items.begin(), report.items.end(),
                                     [&](const Json& item) { return result_of(item) == &result; });
    if (count > 0) counts.push_back(std::to_string(count) + " " + result.counted);
  }
  const std::size_t all = report.items.size();
  return "\n" + counted(all, "check") + ": " +
         (counts.empty() ? "nothing was checked" : join(counts, ", ")) + ".\n";
}

}  // namespace

std::string subject_of(const Json& finding) {
  for (const char* field : {"/cluster", "/plugin"}) {
    const Json value = value_at(finding, field);
    if (value.is_string()) return value.get<std::string>();
  }
  return {};
}

std::string findings_text(const Report& report, OutputFormat format, const Style& style) {
  return colored_table(report, format, style) + fixes_text(report) + totals_text(report);
}

}  // namespace mesh
