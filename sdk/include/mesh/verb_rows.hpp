#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mesh/extension.hpp"

// A command/1 as a table: a row per verb, with its options.

namespace mesh {

inline Option option(std::string name, OptionType type, std::string value, std::string help,
                     std::string fallback = {}, std::vector<std::string> choices = {}) {
  return {.name = std::move(name),
          .type = type,
          .value = std::move(value),
          .help = std::move(help),
          .fallback = std::move(fallback),
          .choices = std::move(choices)};
}

/// An option that may be given several times.
inline Option repeated(Option one) {
  one.repeated = true;
  return one;
}

using Options = std::vector<Option>;

/// `first` with `more` behind.
inline Options with(Options first, Options more) {
  for (Option& one : more) first.push_back(std::move(one));
  return first;
}

/// A verb that answers with a Plan changes clusters, one that answers with a Report does not.
inline CommandVerb verb(Verb declared, Plan (*plan)(const CommandRequest&, const Host&)) {
  declared.changes = true;
  return {.declared = std::move(declared), .plan = plan, .report = nullptr};
}
inline CommandVerb verb(Verb declared, Report (*report)(const CommandRequest&, const Host&)) {
  return {.declared = std::move(declared), .plan = nullptr, .report = report};
}

}  // namespace mesh
