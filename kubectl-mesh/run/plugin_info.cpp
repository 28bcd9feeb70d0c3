#include "run/plugin_card.hpp"
#include "run/plugin_source.hpp"
#include "run/session.hpp"
#include "run/verbs.hpp"

namespace mesh {

namespace {

Json card(const Invocation& invocation, const Catalogue& catalogue) {
  const std::string& argument = invocation.arguments.front();
  if (!is_path(argument)) {
    const PluginEntry& entry = plugin_of(invocation, catalogue);
    return card_of(entry, judge(entry));
  }
  const PluginSource source = read_source(argument, invocation.unsandboxed);
  return card_of(source.entry, judge_bytes(source.entry.manifest.name, source.bytes));
}

}  // namespace

int run_plugin_info(const Invocation& invocation, const Catalogue& catalogue) {
  const Json shown = card(invocation, catalogue);
  print_card(shown, card_text(shown), invocation);
  return 0;
}

}  // namespace mesh
