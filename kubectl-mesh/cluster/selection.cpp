#include "cluster/selection.hpp"

#include <algorithm>
#include <fnmatch.h>

#include "base/text.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

[[noreturn]] void no_such_context(const Kubeconfig& config, const std::string& pattern) {
  const std::string near = nearest(pattern, config.context_order);
  std::string hint = "kubectl mesh contexts lists what there is";
  if (!near.empty()) hint = "did you mean \"" + near + "\"? " + hint;
  throw Failure("unknown-context", "no context matches \"" + pattern + "\"", hint);
}

std::vector<std::string> matches(const Kubeconfig& config, const std::string& pattern) {
  std::vector<std::string> found;
  // A name with special characters in it is first of all a name.
  if (config.contexts.contains(pattern)) return {pattern};
  for (const std::string& name : config.context_order) {
    if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) found.push_back(name);
  }
  if (found.empty()) no_such_context(config, pattern);
  return found;
}

std::vector<std::string> one(const Kubeconfig& config, const std::string& context) {
  const std::string name = context.empty() ? config.current_context : context;
  if (name.empty()) {
    throw Failure("unknown-context", "no context was named and there is no current one",
                  "name the clusters with --contexts a,b (kubectl mesh contexts lists them)");
  }
  if (!config.contexts.contains(name)) no_such_context(config, name);
  return {name};
}

}  // namespace

std::vector<std::string> select_contexts(const Kubeconfig& config,
                                         const std::vector<std::string>& patterns,
                                         const std::string& context) {
  if (patterns.empty()) return one(config, context);
  std::vector<std::string> wanted;
  std::vector<std::string> unwanted;
  for (const std::string& pattern : patterns) {
    const bool exclude = pattern.starts_with('-') && !config.contexts.contains(pattern);
    std::vector<std::string>& into = exclude ? unwanted : wanted;
    for (std::string& name : matches(config, exclude ? pattern.substr(1) : pattern)) {
      const bool known = std::find(into.begin(), into.end(), name) != into.end();
      if (!known) into.push_back(std::move(name));
    }
  }
  const bool only_exclusions = wanted.empty();
  std::vector<std::string> selected = only_exclusions ? config.context_order : std::move(wanted);
  std::erase_if(selected, [&](const std::string& name) {
    return std::find(unwanted.begin(), unwanted.end(), name) != unwanted.end();
  });
  if (selected.empty()) {
    throw Failure("unknown-context", "--contexts " + join(patterns, ",") + " leaves no context");
  }
  return selected;
}

}  // namespace mesh
