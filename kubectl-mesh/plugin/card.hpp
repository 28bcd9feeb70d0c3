#pragma once

#include <optional>

#include "plugin/granted.hpp"

namespace mesh {

/// What a plugin is, whose it is and what it may do: an item of sdk/schemas/output.json's
/// PluginList.
Json card_of(const PluginEntry& entry, const Judged& judged);

/// Adds "trustedVersion", "gained" and "lost" to a card.
void add_changes(Json& card, const RightChanges& changes);

using Look = std::optional<Trust> (*)(const PluginEntry& entry, const Json& pins);
/// The cards of all that is installed; nullopt if `look` cannot say how far one is trusted.
std::optional<Report> plugin_list(const Catalogue& catalogue, Look look);

}  // namespace mesh
