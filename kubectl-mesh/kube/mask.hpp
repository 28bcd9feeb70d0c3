#pragma once

#include "mesh/json.hpp"

namespace mesh {

/// Takes out of a document what must not be written down: values of Secrets, files of the
/// operator's store, tokens, passwords, private keys. `secret`: what is below belongs to a Secret,
/// even where nothing says so: the items of a list and the operations of a patch have no kind.
void mask(Json& value, bool secret);

/// The same for every text and number in it.
void mask_all(Json& value);

}  // namespace mesh
