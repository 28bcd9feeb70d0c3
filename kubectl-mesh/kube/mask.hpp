#pragma once

#include <string>
#include <string_view>

#include "base/secret_values.hpp"
#include "mesh/json.hpp"

namespace mesh {

/// Takes out of a document what must not be written down: values of Secrets, files of the
/// operator's store, tokens, passwords, private keys. `secret`: what is below belongs to a Secret,
/// even where nothing says so: the items of a list and the operations of a patch have no kind.
void mask(Json& value, bool secret);

/// The same for every text and number in it.
void mask_all(Json& value);

/// Returns lines of a log, or another text of a container, without what looks like a secret:
/// values of secret settings, private keys, tokens, values whose name says that they are secret,
/// passwords in URLs, long runs of random letters.
std::string masked_text(std::string_view text);

}  // namespace mesh
