#pragma once

#include "conformance/rule.hpp"

namespace mesh::conformance {

/// All rules, family by family.
std::vector<Rule> all_rules();

/// A plugin held against all rules: a row each, with what it protects and how to mend it.
Report judge(const Subject& subject);

}  // namespace mesh::conformance
