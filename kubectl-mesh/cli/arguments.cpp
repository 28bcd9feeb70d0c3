#include "cli/arguments.hpp"

#include <algorithm>
#include <array>

#include <boost/program_options.hpp>

#include "base/text.hpp"
#include "cli/invocation_flags.hpp"
#include "cli/usage_failure.hpp"
#include "mesh/problem.hpp"

// Boost.Program_options is told about every flag of every command, so that flags may stand before
// the words that say which command it is. Which of them the command takes is looked at afterwards,
// where a better error than Boost's can be given.

namespace mesh {

namespace {

namespace po = boost::program_options;

/// Boost has no option that takes a value only behind "=": it would let --yes swallow the next
/// word. So a flag is two options, --yes without a value and this one with.
constexpr char k_with_value = '=';

bool may_stand_alone(const Option& option) {
  return option.type == OptionType::flag || option.name == k_dry_run;
}

po::options_description describe(const std::vector<FlagRow>& flags) {
  po::options_description description;
  auto add = description.add_options();
  for (const FlagRow& row : flags) {
    const std::string letter = row.letter == 0 ? "" : std::string(",") + row.letter;
    if (may_stand_alone(row.option)) {
      add((row.option.name + letter).c_str(), "");
      add((row.option.name + k_with_value).c_str(), po::value<std::string>(), "");
    } else {
      add((row.option.name + letter).c_str(), po::value<std::string>(), "");
    }
  }
  return description;
}

const FlagRow* find_flag(const std::vector<FlagRow>& flags, const std::string& name) {
  const auto row = std::find_if(flags.begin(), flags.end(), [&](const FlagRow& candidate) {
    return candidate.option.name == name ||
           (name.size() == 2 && name[0] == '-' && candidate.letter == name[1]);
  });
  return row == flags.end() ? nullptr : &*row;
}

/// Reads `--flag=v` and `-f=v` in place of Boost, which refuses an empty v and keeps the "=" of the
/// short form.
std::vector<po::option> take_assignment(const std::vector<FlagRow>& flags,
                                        std::vector<std::string>& line) {
  const std::string token = line.front();
  const std::size_t equals = token.find('=');
  const bool long_form = token.starts_with("--") && equals != std::string::npos && equals > 2;
  const bool short_form = token.size() > 2 && token[0] == '-' && token[1] != '-' && equals == 2;
  if (!long_form && !short_form) return {};
  po::option option;
  option.string_key = token.substr(long_form ? 2 : 0, equals - (long_form ? 2 : 0));
  const FlagRow* row = find_flag(flags, option.string_key);
  if (row != nullptr) option.string_key = row->option.name;
  if (row != nullptr && may_stand_alone(row->option)) option.string_key += k_with_value;
  option.value.push_back(token.substr(equals + 1));
  option.original_tokens.push_back(token);
  line.erase(line.begin());
  return {option};
}

GivenFlag given(const po::option& option, const std::vector<FlagRow>& flags) {
  GivenFlag flag;
  flag.name = option.string_key;
  if (flag.name.ends_with(k_with_value)) flag.name.pop_back();
  if (option.unregistered) {
    flag.name.erase(0, flag.name.find_first_not_of('-'));
    return flag;
  }
  flag.option = &find_flag(flags, flag.name)->option;
  if (!option.value.empty()) flag.value = option.value.front();
  const bool alone = option.value.empty() && may_stand_alone(*flag.option);
  if (alone) flag.value = flag.option->type == OptionType::flag ? "true" : "";
  // "--context --yes": Boost takes the second flag for the value of the first.
  const bool next_word = option.original_tokens.size() == 2;
  if (next_word && flag.value.starts_with("--") && find_flag(flags, flag.value.substr(2))) {
    throw Failure("usage", "--" + flag.name + " needs a value");
  }
  return flag;
}

po::parsed_options run_boost(const std::vector<std::string>& line,
                             const po::options_description& description,
                             const std::vector<FlagRow>& flags) {
  namespace style = po::command_line_style;
  po::command_line_parser parser(line);
  parser.options(description).allow_unregistered();
  parser.style(style::allow_long | style::long_allow_adjacent | style::long_allow_next |
               style::allow_short | style::short_allow_adjacent | style::short_allow_next |
               style::allow_dash_for_short | style::allow_sticky);
  parser.extra_style_parser(
      [&](std::vector<std::string>& rest) { return take_assignment(flags, rest); });
  return parser.run();
}

struct WishRow {
  std::string_view words;
  Parsed::Wish wish;
};
constexpr std::array<WishRow, 7> k_wishes{
    {{"completion bash", Parsed::Wish::completion_script},
     {"completion fish", Parsed::Wish::completion_script},
     {"completion powershell", Parsed::Wish::completion_script},
     {"completion zsh", Parsed::Wish::completion_script},
     {"options", Parsed::Wish::help},
     {"plugin list", Parsed::Wish::plugin_list},
     {"version", Parsed::Wish::version}}};

Parsed::Wish wish_of(const CommandRow& command) {
  const std::string words = join(command.words, " ");
  for (const WishRow& row : k_wishes) {
    if (words == row.words) return row.wish;
  }
  return Parsed::Wish::run;
}

bool asks_for_help(const SplitLine& split) {
  return std::any_of(split.flags.begin(), split.flags.end(), [](const GivenFlag& flag) {
    return flag.option != nullptr && flag.name == "help" && flag.value == "true";
  });
}

/// `help certs install` is `certs install --help`.
bool drop_help_word(std::vector<std::string>& words) {
  if (words.empty() || words.front() != "help") return false;
  words.erase(words.begin());
  return true;
}

}  // namespace

SplitLine split_line(const std::vector<std::string>& line, const std::vector<FlagRow>& flags) {
  const po::options_description description = describe(flags);
  SplitLine split;
  try {
    for (const po::option& option : run_boost(line, description, flags).options) {
      if (option.string_key.empty()) {
        split.words.push_back(option.value.front());
      } else {
        split.flags.push_back(given(option, flags));
      }
    }
  } catch (const po::error_with_option_name& error) {
    throw Failure("usage", error.get_option_name() + " needs a value");
  }
  return split;
}

std::vector<FlagRow> all_flags(const std::vector<CommandRow>& commands, const CommandRow* first) {
  std::vector<FlagRow> flags;
  const auto add = [&](const FlagRow& row) {
    if (find_flag(flags, row.option.name) == nullptr) flags.push_back(row);
  };
  if (first != nullptr) {
    for (const FlagRow& row : flags_of(*first)) add(row);
  }
  for (const FlagRow& row : host_flags()) add(row);
  for (const CommandRow& command : commands) {
    for (const Option& option : command.verb.options) add({0, option, FlagGroup::own});
  }
  return flags;
}

const CommandRow* find_command(const std::vector<CommandRow>& commands,
                               const std::vector<std::string>& words) {
  const auto row = std::find_if(commands.begin(), commands.end(), [&](const CommandRow& command) {
    return command.words.size() <= words.size() &&
           std::equal(command.words.begin(), command.words.end(), words.begin());
  });
  return row == commands.end() ? nullptr : &*row;
}

Parsed parse_arguments(const std::string& argv0, const std::vector<std::string>& line,
                       const Catalogue& catalogue) {
  Parsed parsed;
  Invocation& invocation = parsed.invocation;
  invocation.program = program_name(argv0);
  const std::vector<CommandRow> commands = all_commands(catalogue);
  const Usage usage{invocation.program, commands, catalogue};

  // Two verbs may give one name to a text and to a flag: only when the command is known, its own
  // meaning counts.
  std::vector<FlagRow> flags = all_flags(commands, nullptr);
  SplitLine split = split_line(line, flags);
  const bool help_word = drop_help_word(split.words);
  const CommandRow* command = find_command(commands, split.words);
  if (command != nullptr) {
    flags = all_flags(commands, command);
    split = split_line(line, flags);
    drop_help_word(split.words);
  } else {
    usage.require_group(split.words);
  }

  if (help_word || command == nullptr || asks_for_help(split)) {
    for (const GivenFlag& flag : split.flags) usage.require_known(flag, command);
    parsed.wish = Parsed::Wish::help;
    invocation.command = command == nullptr ? split.words : command->words;
    return parsed;
  }
  parsed.wish = wish_of(*command);
  invocation.command = command->words;
  invocation.arguments.assign(
      split.words.begin() + static_cast<std::ptrdiff_t>(command->words.size()), split.words.end());
  for (const GivenFlag& flag : split.flags) usage.require_taken(flag, *command);
  usage.require_positional(*command, invocation.arguments);
  fill_invocation(split.flags, parsed);
  return parsed;
}

OutputFormat wanted_format(const std::vector<std::string>& line) {
  try {
    const std::vector<FlagRow>& flags = host_flags();
    for (const GivenFlag& flag : split_line(line, flags).flags) {
      if (flag.name == "output") return read_format(flag.value);
    }
  } catch (const std::exception&) {
    // The line is so wrong that its failure is told in words.
  }
  return OutputFormat::table;
}

}  // namespace mesh
