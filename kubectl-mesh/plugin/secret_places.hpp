#pragma once

#include <string>

#include "plugin/exchange.hpp"

// Where the value of a secret setting may be in what a plugin answers: in a Secret and in a private
// file. Elsewhere texts are masked, and an action is refused: masked, it would be another one.

namespace mesh {

/// Masks all of a reply; of a Plan its words, since actions are carried out as they are.
void mask_secret_values(Json& reply);

/// Throws Failure("plugin-fault") naming the first place of a Plan's actions that has a value.
void require_secret_places(const Json& plan, const Asked& asked);

}  // namespace mesh
