#include "plugin/needs.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// Which list of the needs has to name what an action touches, and where the action says it.
struct ActionRow {
  const char* type;
  const char* subject;  ///< JSON pointer into the action
  std::vector<std::string> Needs::*list;
  const char* field;  ///< of the manifest
};
constexpr std::array<ActionRow, 6> k_rows{{{"apply", "/object", &Needs::writes, "writes"},
                                           {"edit", "/target", &Needs::writes, "writes"},
                                           {"delete", "/target", &Needs::writes, "writes"},
                                           {"restart", "/target", &Needs::writes, "writes"},
                                           {"wait", "/target", &Needs::reads, "reads"},
                                           {"run", "/program", &Needs::programs, "programs"}}};

/// However it is written: a kind becomes the path of a request in lower case.
bool is_secret(std::string_view kind) {
  constexpr std::string_view k_secret = "v1/secret";
  return std::equal(kind.begin(), kind.end(), k_secret.begin(), k_secret.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

/// The kinds that undoing a program would write.
std::vector<std::string> kinds_of_undo(const Json& action) {
  std::vector<std::string> kinds;
  for (const char* list : {"/undo/restores", "/undo/leaves"}) {
    for (const Json& object : lookup::list(action, list)) {
      kinds.push_back(lookup::text(object, "/apiVersion") + "/" + lookup::text(object, "/kind"));
    }
  }
  return kinds;
}

std::string file_name(const std::string& program) {
  return program.substr(program.rfind('/') + 1);
}

std::string subject_of(const Json& action, const ActionRow& row) {
  const Json& subject = lookup::value(action, row.subject);
  if (subject.is_string()) return file_name(subject.get<std::string>());
  return lookup::text(subject, "/apiVersion") + "/" + lookup::text(subject, "/kind");
}

void add(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& one : more) {
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  }
}

}  // namespace

void add(Needs& to, const Needs& more) {
  add(to.reads, more.reads);
  add(to.writes, more.writes);
  add(to.programs, more.programs);
  add(to.files, more.files);
  to.network = to.network || more.network;
  to.pods = to.pods || more.pods;
  add(to.asks, more.asks);
}

NeededProgram needed_program(const std::string& need) {
  constexpr std::string_view k_at_least = ">=";
  const std::size_t at = need.find(k_at_least);
  if (at == std::string::npos) return {.name = need};
  return {.name = need.substr(0, at), .oldest = need.substr(at + k_at_least.size())};
}

Needs needs_of(const Manifest& manifest) {
  Needs needs;
  for (const Extension& extension : manifest.provides) add(needs, extension.needs);
  return needs;
}

bool names(const std::vector<std::string>& list, std::string_view what) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) {
    return needed_program(one).name == what || (one == "*" && !is_secret(what));
  });
}

bool names_program(const Needs& needs, const std::string& program) {
  return names(needs.programs, file_name(program));
}

bool names_extension(const Needs& needs, std::string_view address) {
  const std::string_view point = address.substr(0, address.find(':'));
  return std::any_of(needs.asks.begin(), needs.asks.end(),
                     [&](const std::string& one) { return one == address || one == point; });
}

std::string Lack::line() const {
  const std::string value = entry.empty() ? "true" : "[\"" + entry + "\"]";
  return "\"needs\": {\"" + field + "\": " + value + "}";
}

std::optional<Lack> lack_of(const Json& action, const Needs& granted) {
  const std::string type = lookup::text(action, "/type");
  const auto* row = std::find_if(k_rows.begin(), k_rows.end(), [&](const ActionRow& candidate) {
    return type == candidate.type;
  });
  if (row == k_rows.end()) return std::nullopt;
  const std::string subject = subject_of(action, *row);
  if (!names(granted.*(row->list), subject)) return Lack{type + " " + subject, row->field, subject};
  for (const std::string& kind : kinds_of_undo(action)) {
    if (!names(granted.writes, kind))
      return Lack{"undo a program by writing " + kind, "writes", kind};
  }
  return std::nullopt;
}

void require_within(const Json& plan, const Needs& granted, const std::string& plugin) {
  for (const Json& action : lookup::list(plan, "/actions")) {
    const std::optional<Lack> lack = lack_of(action, granted);
    if (!lack) continue;
    throw Failure("plugin-fault",
                  "plugin " + plugin + " planned to " + lack->deed +
                      ", which its manifest does not name (needs." + lack->field + ")",
                  "nothing of this plan is done; the manifest would have to say " + lack->line());
  }
}

}  // namespace mesh
