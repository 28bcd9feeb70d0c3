#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

/// The actions of a plan as commands of other programs, complete and quoted for a POSIX shell.
class TreeCommands {
 public:
  /// `kubeconfig` may be empty.
  explicit TreeCommands(std::string kubeconfig) : m_kubeconfig(std::move(kubeconfig)) {}

  std::string apply(const std::string& cluster, const std::string& folder) const;
  std::string patch(const Action& action, const std::string& file) const;
  std::string remove(const Action& action) const;
  std::string wait(const Action& action) const;
  std::string restart(const Action& action) const;
  /// Of a program that is about a Helm release: `files` has the place in the tree of each argument
  /// that is a file; of "-" that of the input.
  std::string run(const Action& action, const std::map<std::string, std::string>& files) const;

 private:
  std::vector<std::string> kubectl(const std::string& cluster, const ObjectRef& target = {}) const;
  std::string m_kubeconfig;
};

/// The patch of an edit with its precondition, as `kubectl patch --type json` takes it.
Json patch_document(const Action& action);

/// Words as one command; continued on further lines where it is long.
std::string command_line(const std::vector<std::string>& words);

}  // namespace mesh
