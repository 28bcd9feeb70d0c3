#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plugin/catalogue.hpp"

namespace mesh {

/// One node of the graph of concerns: what has to be done before it, by name, and which plugin's
/// manifest says so. Names that take no part in the run are not there.
struct ConcernStep {
  const Extension* concern = nullptr;
  std::map<std::string, std::string> after;
};

/// The concerns of `up` in an order that the graph allows, by name where it leaves a choice;
/// `down` is the reverse. `takes_part` answers whether the run includes the concern of that name.
/// Throws Failure("plugin-refused") that names the concerns and plugins of a cycle.
std::vector<ConcernStep> order_concerns(const Catalogue& catalogue,
                                        const std::function<bool(const std::string&)>& takes_part);

}  // namespace mesh
