#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"

namespace mesh {

/// What can be wrong with a command line once it is taken apart. Everything here throws
/// Failure("usage") that names the nearest right thing and the command that shows help.
class Usage {
 public:
  Usage(const std::string& program, const std::vector<CommandRow>& commands,
        const Catalogue& catalogue)
      : m_program(program), m_commands(commands), m_catalogue(catalogue) {}

  /// `words` are no command: they must be empty or name a group, whose help is shown then.
  void require_group(const std::vector<std::string>& words) const;
  void require_known(const GivenFlag& flag, const CommandRow* command) const;
  /// Known, and a flag of this command.
  void require_taken(const GivenFlag& flag, const CommandRow& command) const;
  void require_positional(const CommandRow& command,
                          const std::vector<std::string>& arguments) const;

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& suggestion,
                           const std::vector<std::string>& help_of) const;
  std::string near_command(const std::string& group, const std::string& word) const;
  std::string takers_of(const std::string& flag) const;

  const std::string& m_program;
  const std::vector<CommandRow>& m_commands;
  const Catalogue& m_catalogue;
};

}  // namespace mesh
