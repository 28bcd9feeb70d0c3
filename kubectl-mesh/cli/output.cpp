#include "cli/output.hpp"

#include <array>
#include <cstdlib>
#include <unistd.h>

#include "base/text.hpp"
#include "cli/problem_text.hpp"

namespace mesh {

namespace {

bool is_set(const char* variable) {
  return std::getenv(variable) != nullptr;
}

std::string environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

std::string document_text(const Json& document, OutputFormat format) {
  return format == OutputFormat::yaml
             ? to_yaml(document)
             : document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string cell(const Json& item, const std::string& pointer) {
  const Json value = item.value(Json::json_pointer(pointer), Json());
  if (value.is_null()) return "";
  if (value.is_string()) return escape_terminal(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return escape_terminal(to_text(value));
}

/// A finding's severity as a person reads it.
std::string result_word(const std::string& word, const Style& style) {
  struct Row {
    const char* severity;
    const char* shown;
    const char* color;
  };
  constexpr std::array<Row, 5> k_rows{{{"pass", "ok", "32"},
                                       {"info", "info", "36"},
                                       {"warning", "WARN", "33"},
                                       {"failure", "FAIL", "31"},
                                       {"skipped", "skip", "90"}}};
  for (const Row& row : k_rows) {
    if (word != row.severity) continue;
    return style.color ? std::string("\x1b[") + row.color + "m" + row.shown + "\x1b[0m" : row.shown;
  }
  return word;
}

std::string notes_text(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    text += std::string(to_string(note.severity)) + ": " +
            (note.cluster.empty() ? "" : escape_terminal(note.cluster) + ": ") +
            escape_terminal(note.text) + "\n";
  }
  return text;
}

std::string table_text(const Report& report, bool wide, const Style& style) {
  std::vector<std::string> headers;
  std::vector<std::vector<std::string>> rows(report.items.size());
  for (const Column& column : report.columns) {
    if (column.wide && !wide) continue;
    headers.push_back(column.title);
    for (std::size_t index = 0; index < rows.size(); ++index) {
      std::string text = cell(report.items[index], column.pointer);
      if (report.kind == "FindingList" && column.pointer == "/severity")
        text = result_word(text, {});
      rows[index].push_back(std::move(text));
    }
  }
  std::string text = rows.empty() ? "nothing found\n" : to_table(headers, rows);
  if (report.kind == "FindingList" && style.color) {
    for (const char* severity : {"warning", "failure"}) {
      const std::string plain = result_word(severity, {});
      for (std::size_t at = 0; (at = text.find("\n" + plain, at)) != std::string::npos; ++at) {
        text.replace(at + 1, plain.size(), result_word(severity, style));
      }
    }
  }
  for (const Json& item : report.items) {
    if (report.kind == "FindingList" && item.value("severity", "") != "pass" &&
        item.contains("fix")) {
      text += "\n" + cell(item, "/cluster") + " " + cell(item, "/id") +
              "\n  fix: " + cell(item, "/fix") + "\n";
    }
  }
  return text + (report.notes.empty() ? "" : "\n" + notes_text(report.notes));
}

std::string names_text(const Report& report) {
  std::string text;
  for (const Json& item : report.items) {
    const char* pointer = item.contains("name") ? "/name"
                          : item.contains("id") ? "/id"
                                                : "/cluster";
    text += cell(item, pointer) + "\n";
  }
  return text;
}

}  // namespace

Style decide_style(ColorMode mode) {
  const std::string term = environment("TERM");
  const bool plain = is_set("NO_COLOR") || term.empty() || term == "dumb";
  Style style;
  style.color = mode == ColorMode::always ||
                (mode == ColorMode::automatic && !plain && ::isatty(STDOUT_FILENO) == 1);
  style.terminal = ::isatty(STDERR_FILENO) == 1 && term != "dumb" && !is_set("CI");
  return style;
}

std::string render(const Report& report, OutputFormat format, const Style& style) {
  if (format == OutputFormat::json || format == OutputFormat::yaml) {
    Json document = to_json(report);
    document.erase("columns");
    document.erase("failed");
    return document_text(document, format);
  }
  if (format == OutputFormat::name) return names_text(report);
  return table_text(report, format == OutputFormat::wide, style);
}

std::string render_problems(const std::vector<Problem>& problems, OutputFormat format,
                            const Style&) {
  if (format == OutputFormat::json || format == OutputFormat::yaml) {
    Json document{
        {"apiVersion", k_document_version}, {"kind", "Error"}, {"problems", Json::array()}};
    for (const Problem& problem : problems) document["problems"].push_back(to_json(problem));
    return document_text(document, format);
  }
  std::string text;
  for (const Problem& problem : problems) text += problem_text(problem);
  return text;
}

}  // namespace mesh
