#pragma once

#include "mesh/exposure.hpp"

namespace mesh::serviceentry {

ExtensionPtr make_alias();
ExtensionPtr make_discovery();

}  // namespace mesh::serviceentry
