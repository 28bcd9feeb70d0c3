#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// A command as help, parser and completion see it: the host's own rows and the catalogue's verbs
/// look alike.
struct CommandRow {
  std::vector<std::string> words;  ///< {"certs", "install"}
  Verb verb;
  bool addresses_clusters = false;  ///< takes --contexts and friends
  std::string positional;           ///< "[RUN]"; empty: takes none
};

/// A flag that the host knows for every command that it fits.
struct FlagRow {
  std::string name;
  char letter = 0;
  Option option;
  enum class Group { cluster, output, change, global } group = Group::global;
};

/// The host's own commands: contexts, undo, plugin list, completion, version, ...
const std::vector<CommandRow>& host_commands();
/// The flags that are not a verb's own.
const std::vector<FlagRow>& host_flags();
/// Whether a command has that flag.
bool takes(const CommandRow& command, const FlagRow& flag);
/// How to call us: "kubectl mesh" for kubectl-mesh, else the program's own name.
std::string program_name(const std::string& argv0);
/// Both, sorted: the whole tree.
std::vector<CommandRow> all_commands(const Catalogue& catalogue);

}  // namespace mesh
