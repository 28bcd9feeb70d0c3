#pragma once

#include <string>
#include <vector>

#include "cli/command_table.hpp"
#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// A flag as it was given. `option` is null if nobody knows it.
struct GivenFlag {
  std::string name;  ///< without dashes
  std::string value;
  const Option* option = nullptr;
};

/// A command line, taken apart: flags anywhere, `--flag=v` and `--flag v`, `-oFORMAT`, `--`.
struct SplitLine {
  std::vector<std::string> words;
  std::vector<GivenFlag> flags;
};

/// Throws Failure("usage") if a flag that wants a value has none. Unknown flags take none. The
/// result points into `flags`.
SplitLine split_line(const std::vector<std::string>& line, const std::vector<FlagRow>& flags);

/// All flags of all commands, those of `first` in front; each name once.
std::vector<FlagRow> all_flags(const std::vector<CommandRow>& commands, const CommandRow* first);

/// The row whose words open `words`; null if none does.
const CommandRow* find_command(const std::vector<CommandRow>& commands,
                               const std::vector<std::string>& words);

/// What a command line asks for.
struct Parsed {
  enum class Wish { run, help, version, completion_script, plugin_list } wish = Wish::run;
  Invocation invocation;
  std::vector<std::string> warnings;  ///< for stderr: what is out of date in the line
};

/// Throws Failure("usage") with the nearest suggestion and the command that shows help. `argv0`
/// decides the program's shown name. Loads no library and reads no kubeconfig.
Parsed parse_arguments(const std::string& argv0, const std::vector<std::string>& line,
                       const Catalogue& catalogue);

/// The format that -o asks for, as far as it can be told from a line that may be wrong: a failure
/// is answered in it. Never throws.
OutputFormat wanted_format(const std::vector<std::string>& line);

}  // namespace mesh
