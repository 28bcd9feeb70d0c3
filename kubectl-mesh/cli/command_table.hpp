#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// What a flag is about. A command takes whole groups; help shows them under one heading each.
enum class FlagGroup {
  own,       ///< an option of the verb itself
  clusters,  ///< which clusters are meant
  access,    ///< how to get into them: kubectl's own flags
  concern,   ///< mesh.yaml and settings, for the verbs of plugins
  change,    ///< how a change is shown, asked about and made
  output,    ///< how the answer is printed
  global,    ///< for every command
};

/// A flag that the host itself knows.
struct FlagRow {
  char letter = 0;  ///< "-o"; 0: none
  Option option;
  FlagGroup group = FlagGroup::global;
};

/// A command as help, parser and completion see it: the host's own rows and the catalogue's verbs
/// look alike.
struct CommandRow {
  std::vector<std::string> words;  ///< {"contexts"}, {CONCERN, VERB}
  Verb verb;
  std::vector<FlagGroup> groups;
  /// "[RUN]" may be there, "NAME" must be there; empty: none.
  std::string positional;
};

/// The host's own commands: contexts, undo, plugin list, completion, version, ...
const std::vector<CommandRow>& host_commands();
/// The flags that are not a verb's own.
const std::vector<FlagRow>& host_flags();
/// Both the host's commands and the catalogue's, sorted by their first word: the whole tree.
std::vector<CommandRow> all_commands(const Catalogue& catalogue);

/// What stands for all commands that begin with the first word of this one.
std::string group_summary(const CommandRow& command, const Catalogue& catalogue);
/// Whether a command has that flag.
bool takes(const CommandRow& command, const FlagRow& flag);
/// Every flag of a command: its own options first, then the host's that fit.
std::vector<FlagRow> flags_of(const CommandRow& command);
/// How to call us: "kubectl mesh" for kubectl-mesh, else the program's own name.
std::string program_name(const std::string& argv0);

}  // namespace mesh
