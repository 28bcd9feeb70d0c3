#include "run/plugin_card.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"

namespace mesh {

namespace {

void require_third_party(const PluginEntry& entry) {
  if (entry.origin != Origin::bundled) return;
  throw Failure("invalid-input",
                "plugin " + entry.manifest.name + " is a part of kubectl mesh itself",
                "trust is about plugins of others");
}

std::string changes_text(const Json& card, const RightChanges& changes) {
  std::string text = "plugin/" + card.value("name", std::string()) + " " +
                     card.value("version", std::string()) + ", " +
                     (changes.version.empty() ? "not trusted" : "trusted was " + changes.version);
  if (changes.gained.empty() && changes.lost.empty()) return text + ": the same rights\n";
  for (const std::string& right : changes.gained) text += "\n+ " + escape_terminal(right);
  for (const std::string& right : changes.lost) text += "\n- " + escape_terminal(right);
  return text + "\n";
}

/// Like a diff: its exit status says whether there is a difference.
int show_changes(const PluginEntry& entry, const Judged& judged, const Invocation& invocation) {
  if (invocation.yes) {
    throw Failure("usage", "--show-changes and --yes cannot be used together",
                  "--show-changes trusts nothing; run `kubectl mesh plugin trust` without it then");
  }
  const RightChanges changes = entry.origin == Origin::bundled
                                   ? RightChanges{.version = entry.manifest.version}
                                   : changes_since_trusted(entry.manifest, read_pins());
  Json card = card_of(entry, judged);
  add_changes(card, changes);
  print_card(card, changes_text(card, changes), invocation);
  return changes.gained.empty() && changes.lost.empty() ? k_exit_done : k_exit_difference;
}

}  // namespace

int run_plugin_trust(const Invocation& invocation, const Catalogue& catalogue) {
  const PluginEntry& entry = plugin_of(invocation, catalogue);
  Judged judged = judge(entry);
  if (invocation.options.contains("sha256")) require_third_party(entry);
  require_sha256({judged.sha256}, shown(entry.library), invocation);
  if (invocation.options.value("show-changes", false))
    return show_changes(entry, judged, invocation);
  if (judged.trust == Trust::bundled || judged.trust == Trust::trusted) {
    print_done(card_of(entry, judged), "unchanged (" + std::string(to_string(judged.trust)) + ")",
               invocation);
    return 0;
  }
  ask_for_trust(card_of(entry, judged), invocation);
  trust(entry, judged.sha256);
  judged.trust = Trust::trusted;
  print_done(card_of(entry, judged), "trusted", invocation);
  return 0;
}

int run_plugin_untrust(const Invocation& invocation, const Catalogue& catalogue) {
  const PluginEntry& entry = plugin_of(invocation, catalogue);
  require_third_party(entry);
  const bool was = untrust(entry.manifest.name);
  print_done(card_of(entry, judge(entry)), was ? "untrusted" : "unchanged (not trusted)",
             invocation);
  return 0;
}

}  // namespace mesh
