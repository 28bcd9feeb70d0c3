#pragma once

#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "plugin/card.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/trust.hpp"

namespace mesh {

// What the commands about one plugin have in common.

/// Whether an argument is a path. A name has neither slash nor dot: see is_plugin_name.
inline bool is_path(const std::string& argument) {
  return argument.find_first_of("/.") != std::string::npos;
}

/// The argument of the command: the name of an installed plugin. Throws Failure("invalid-input")
/// with the nearest one.
const PluginEntry& plugin_of(const Invocation& invocation, const Catalogue& catalogue);

/// A card for people: a line per fact.
std::string card_text(const Json& card);

/// Prints a card: `text` for people, a PluginList for programs.
void print_card(const Json& card, const std::string& text, const Invocation& invocation);
/// Prints what was done with a plugin, in the format asked for: "plugin/corp-ca trusted".
void print_done(Json card, const std::string& done, const Invocation& invocation);

/// Throws Failure("refused") if the operator named with --sha256 other bytes than `hashes`: what a
/// library, or the archive that it came in, hashes to. "usage": what he named is no hash.
void require_sha256(const std::vector<std::string>& hashes, const std::string& what,
                    const Invocation& invocation);

/// Shows the card on stderr and asks, unless --yes or --sha256 was given: who names the bytes has
/// reviewed them. Throws Failure("usage") if there is nobody to ask, "declined" if the answer is
/// no.
void ask_for_trust(const Json& card, const Invocation& invocation);

}  // namespace mesh
