#include "run/plugin_card.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "run/session.hpp"

#include "base/text.hpp"
#include "cli/confirm.hpp"
#include "cli/report_table.hpp"

namespace mesh {

namespace {

struct Line {
  const char* title;
  const char* pointer;  ///< into a card
};
constexpr std::array<Line, 14> k_lines{{{"Name", "/name"},
                                        {"Version", "/version"},
                                        {"Author", "/author"},
                                        {"Summary", "/summary"},
                                        {"Provides", "/provides"},
                                        {"Library", "/library"},
                                        {"SHA-256", "/sha256"},
                                        {"Trust", "/trust"},
                                        {"Runs", "/runs"},
                                        {"May", "/may"},
                                        {"Settings", "/settings"},
                                        {"Timeouts", "/timeouts"},
                                        {"Gained", "/gained"},
                                        {"Lost", "/lost"}}};

/// In lower case; empty: the operator named none.
std::string named_sha256(const Invocation& invocation) {
  if (!invocation.options.contains("sha256")) return {};
  constexpr std::size_t k_digits = 64;
  std::string hash = invocation.options["sha256"].get<std::string>();
  std::transform(hash.begin(), hash.end(), hash.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  const bool whole =
      hash.size() == k_digits && hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (whole) return hash;
  throw Failure("usage", "invalid --sha256 \"" + hash + "\": must be 64 hexadecimal digits",
                "take it from the author's release page, or from sha256sum FILE");
}

}  // namespace

const PluginEntry& plugin_of(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string& name = invocation.arguments.front();
  std::vector<std::string> known;
  for (const PluginEntry& entry : catalogue.plugins) {
    if (entry.manifest.name == name) return entry;
    known.push_back(entry.manifest.name);
  }
  const std::string near = nearest(name, known);
  throw Failure("invalid-input", "there is no plugin \"" + name + "\"",
                near.empty() ? "`kubectl mesh plugin list` shows what is there"
                             : "did you mean " + near + "?");
}

std::string card_text(const Json& card) {
  std::string text;
  for (const Line& line : k_lines) {
    const Json value = value_at(card, line.pointer);
    if (value.is_null() || value == "" || value.empty()) continue;
    std::string title = std::string(line.title) + ":";
    title.resize(11, ' ');
    std::string cell;
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      const Json entry = one.is_object() ? one.value("text", Json()) : one;
      cell += (cell.empty() ? "" : "\n           ") + cell_text(entry);
    }
    text += title + cell + "\n";
  }
  return text;
}

void print_card(const Json& card, const std::string& text, const Invocation& invocation) {
  if (invocation.output == OutputFormat::table || invocation.output == OutputFormat::wide) {
    print(text);
    return;
  }
  Report report;
  report.kind = "PluginList";
  report.items.push_back(card);
  print(render(report, invocation.output, style_of(invocation)));
}

void print_done(Json card, const std::string& done, const Invocation& invocation) {
  card["done"] = done;
  print_card(card, "plugin/" + card.value("name", std::string()) + " " + done + "\n", invocation);
}

void require_sha256(const std::vector<std::string>& hashes, const std::string& what,
                    const Invocation& invocation) {
  const std::string named = named_sha256(invocation);
  if (named.empty() || std::find(hashes.begin(), hashes.end(), named) != hashes.end()) return;
  throw Failure("refused",
                what + " is not what --sha256 names: its SHA-256 is " + join(hashes, " and "),
                "get it again from its author, or review it and name its own SHA-256");
}

void ask_for_trust(const Json& card, const Invocation& invocation) {
  if (invocation.yes || !named_sha256(invocation).empty()) return;
  if (!can_ask()) {
    throw Failure("usage", "there is no terminal to ask on, and --yes is not given",
                  "look at it with `kubectl mesh plugin info`, then add --yes");
  }
  tell(card_text(card));
  if (!confirm("Run its code with these rights from now on?")) {
    throw Failure("declined", "not confirmed; nothing was changed");
  }
}

}  // namespace mesh
