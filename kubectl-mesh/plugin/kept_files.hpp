#pragma once

#include <vector>

#include "plugin/rights.hpp"

// Files that a reply asks the host to store: `store` actions of a plan, and what an authority
// keeps. They stay with the host. A plugin that asked another gets a number for each, and its plan
// says by that number that it is to be stored: it gets no key, and changes no byte.

namespace mesh {

/// Files of the extensions that a call has asked, the first one with the number 1.
using KeptFiles = std::vector<Json>;

/// Makes the files of a reply whole: a number becomes the file that it stands for; another is held
/// against the rights of the plugin that answers, and gets its folder. Throws
/// Failure("plugin-fault") naming the first one that the plugin may not write.
void settle_files(Json& reply, const Rights& rights, const KeptFiles& kept);

/// Takes the files out of a reply, before the plugin that asked for it gets it.
void seal_files(Json& reply, KeptFiles& kept);

}  // namespace mesh
