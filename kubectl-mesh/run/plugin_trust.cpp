#include "run/plugin_card.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

namespace mesh {

int run_plugin_trust(const Invocation& invocation, const Catalogue& catalogue) {
  const PluginEntry& entry = plugin_of(invocation, catalogue);
  Judged judged = judge(entry);
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
  if (entry.origin == Origin::bundled) {
    throw Failure("invalid-input",
                  "plugin " + entry.manifest.name + " is a part of kubectl mesh itself",
                  "trust is about plugins of others");
  }
  const bool was = untrust(entry.manifest.name);
  print_done(card_of(entry, judge(entry)), was ? "untrusted" : "unchanged (not trusted)",
             invocation);
  return 0;
}

}  // namespace mesh
