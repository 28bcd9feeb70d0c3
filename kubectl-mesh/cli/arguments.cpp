#include "cli/arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <boost/program_options.hpp>

#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace po = boost::program_options;

using Values = std::map<std::string, std::vector<std::string>>;

constexpr std::array<const char*, 1> k_secret_flags{"token"};

/// One command line being understood.
class Line {
 public:
  Line(const std::string& argv0, const std::vector<std::string>& words, const Catalogue& catalogue)
      : m_program(program_name(argv0)), m_words(words), m_commands(all_commands(catalogue)) {}

  Parsed parse() {
    split_words();
    find_command();
    Parsed parsed;
    parsed.invocation.program = m_program;
    parsed.invocation.command = m_command == nullptr ? m_positional : m_command->words;
    if (m_values.contains("help") || m_command == nullptr) {
      parsed.wish = Parsed::Wish::help;
      return parsed;
    }
    parsed.wish = m_command->words.front() == "completion" ? Parsed::Wish::completion_script
                  : m_command->words.front() == "version"  ? Parsed::Wish::version
                                                           : Parsed::Wish::run;
    parsed.invocation.arguments = std::move(m_positional);
    check_positional(parsed.invocation.arguments);
    fill_options(parsed.invocation);
    fill_flags(parsed.invocation);
    parsed.invocation.shown = shown();
    return parsed;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, std::string hint = {}) const {
    std::string command;
    if (m_command != nullptr) command = " " + join(m_command->words, " ");
    if (!hint.empty()) hint += "; ";
    throw Failure("usage", what, hint + m_program + command + " --help shows what there is");
  }

  std::vector<const Option*> all_options() const {
    std::vector<const Option*> options;
    for (const FlagRow& row : host_flags()) options.push_back(&row.option);
    for (const CommandRow& command : m_commands) {
      for (const Option& option : command.verb.options) options.push_back(&option);
    }
    return options;
  }

  /// Boost.Program_options knows every flag of every verb, so that flags may stand before the verb;
  /// which of them fit the verb is looked at afterwards.
  void split_words() {
    po::options_description description;
    std::set<std::string> known;
    for (const FlagRow& row : host_flags()) {
      const std::string name =
          row.letter == 0 || row.name.size() == 1
              ? row.name + (row.letter != 0 ? std::string(",") + row.letter : "")
              : row.name + "," + row.letter;
      add(description, name, row.option);
      known.insert(row.name);
    }
    for (const Option* option : all_options()) {
      if (known.insert(option->name).second) add(description, option->name, *option);
    }
    namespace style = po::command_line_style;
    const int styles = style::allow_long | style::allow_short | style::allow_dash_for_short |
                       style::long_allow_adjacent | style::long_allow_next |
                       style::short_allow_adjacent | style::short_allow_next | style::allow_sticky;
    try {
      const po::parsed_options result =
          po::command_line_parser(normalised())
              .options(description)
              .positional(po::positional_options_description().add("", -1))
              .style(styles)
              .allow_unregistered()
              .run();
      for (const po::option& option : result.options) take(option);
    } catch (const po::error& error) {
      refuse(error.what());
    }
  }

  static void add(po::options_description& description, const std::string& name,
                  const Option& option) {
    if (option.type == OptionType::flag) {
      description.add_options()(name.c_str(), po::value<std::string>()->implicit_value("true"));
    } else {
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    }
  }

  /// A flag never takes the next word, --dry-run alone means client, and -v=6 is -v 6: as kubectl
  /// has it.
  std::vector<std::string> normalised() {
    std::vector<std::string> words;
    bool only_words = false;
    for (const std::string& word : m_words) {
      if (only_words || word == "--") {
        if (only_words) m_positional.push_back(word);
        only_words = true;
      } else if (word == "--dry-run") {
        words.emplace_back("--dry-run=client");
      } else if (word.starts_with("-v=")) {
        words.push_back("--v=" + word.substr(3));
      } else if (is_flag(word)) {
        words.push_back(word + "=true");
      } else if (word == "-h") {
        words.emplace_back("--help=true");
      } else if (word == "-y") {
        words.emplace_back("--yes=true");
      } else {
        words.push_back(word);
      }
    }
    return words;
  }

  bool is_flag(const std::string& word) const {
    const std::vector<const Option*> options = all_options();
    return std::any_of(options.begin(), options.end(), [&](const Option* option) {
      return option->type == OptionType::flag && word == "--" + option->name;
    });
  }

  void take(const po::option& option) {
    if (option.unregistered)
      unknown_flag(option.string_key.empty() ? option.original_tokens.front() : option.string_key);
    if (option.string_key.empty()) {
      for (const std::string& word : option.value) {
        if (word.size() > 1 && word.starts_with('-')) unknown_flag(word);
        m_positional.insert(m_positional.end(), word);
      }
      return;
    }
    std::vector<std::string>& values = m_values[option.string_key];
    values.insert(values.end(), option.value.begin(), option.value.end());
  }

  [[noreturn]] void unknown_flag(std::string word) const {
    word = word.substr(0, word.find('='));
    const std::string bare = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    std::vector<std::string> names;
    for (const Option* option : all_options()) names.push_back(option->name);
    const std::string near = nearest(bare, names);
    refuse("unknown flag: " + (word.starts_with('-') ? word : "--" + word),
           near.empty() ? "" : "did you mean --" + near + "?");
  }

  void find_command() {
    for (const CommandRow& command : m_commands) {
      const bool fits =
          command.words.size() <= m_positional.size() &&
          std::equal(command.words.begin(), command.words.end(), m_positional.begin());
      if (fits) m_command = &command;
    }
    if (m_command != nullptr) {
      m_positional.erase(m_positional.begin(), m_positional.begin() + static_cast<std::ptrdiff_t>(
                                                                          m_command->words.size()));
      return;
    }
    if (m_positional.empty()) return;  // help of the whole tool
    std::vector<std::string> next_words;
    const std::string& first = m_positional.front();
    bool known_group = false;
    for (const CommandRow& command : m_commands)
      known_group = known_group || command.words.front() == first;
    if (known_group && m_positional.size() == 1) return;  // help of a concern
    for (const CommandRow& command : m_commands) {
      if (!known_group) next_words.push_back(command.words.front());
      if (known_group && command.words.front() == first) next_words.push_back(command.words.back());
    }
    const std::string& wrong = m_positional[known_group ? 1 : 0];
    const std::string near = nearest(wrong, next_words);
    refuse("unknown command \"" + (known_group ? first + " " + wrong : wrong) + "\"",
           near.empty() ? "" : "did you mean \"" + near + "\"?");
  }

  void check_positional(const std::vector<std::string>& arguments) const {
    const std::size_t allowed = m_command->positional.empty() ? 0 : 1;
    if (arguments.size() > allowed) refuse("unexpected argument \"" + arguments[allowed] + "\"");
    const bool needed = !m_command->positional.empty() && !m_command->positional.starts_with('[');
    if (needed && arguments.empty()) refuse("name one of " + m_command->positional);
  }

  /// The verb's own options, typed and checked, out of what was given.
  void fill_options(Invocation& invocation) {
    std::set<std::string> own;
    for (const Option& option : m_command->verb.options) {
      own.insert(option.name);
      const auto given = m_values.find(option.name);
      if (given == m_values.end()) continue;
      for (const std::string& value : given->second) check_value(option, value);
      if (option.repeated) {
        invocation.options[option.name] = given->second;
      } else {
        invocation.options[option.name] = typed(option, given->second.back());
      }
    }
    for (const auto& [name, values] : m_values) {
      if (own.contains(name)) continue;
      const auto& flags = host_flags();
      const auto row = std::find_if(flags.begin(), flags.end(),
                                    [&, n = name](const FlagRow& flag) { return flag.name == n; });
      if (row == flags.end() || !takes(*m_command, *row)) not_for_this(name);
      for (const std::string& value : values) check_value(row->option, value);
    }
  }

  [[noreturn]] void not_for_this(const std::string& name) const {
    std::vector<std::string> owners;
    for (const CommandRow& command : m_commands) {
      for (const Option& option : command.verb.options) {
        if (option.name == name) owners.push_back("\"" + join(command.words, " ") + "\"");
      }
    }
    refuse("\"" + join(m_command->words, " ") + "\" has no flag --" + name,
           owners.empty() ? "" : "it belongs to " + join(owners, ", "));
  }

  void check_value(const Option& option, const std::string& value) const {
    const std::vector<std::string>& choices = option.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
      const std::string near = nearest(value, choices);
      refuse("--" + option.name + ": \"" + value + "\" is none of " + join(choices, ", "),
             near.empty() ? "" : "did you mean " + near + "?");
    }
    if (option.type == OptionType::number && !as_number(value)) {
      refuse("--" + option.name + ": \"" + value + "\" is not a whole number");
    }
    if (option.type == OptionType::flag && value != "true" && value != "false") {
      refuse("--" + option.name + ": \"" + value + "\" is neither true nor false");
    }
    if (option.type == OptionType::duration && !as_span(value, false)) {
      refuse("--" + option.name + ": \"" + value + "\" is not a duration",
             "write 90m, 36h, 30d or 10y");
    }
    if (option.type == OptionType::path && value.empty())
      refuse("--" + option.name + " needs a path");
  }

  static std::optional<std::int64_t> as_number(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  /// kubectl's request-timeout may be a bare number of seconds.
  static std::optional<std::chrono::milliseconds> as_span(const std::string& text, bool bare) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 7> k_units{
        {{"ms", 1},
         {"s", 1000},
         {"m", 60'000},
         {"h", 3'600'000},
         {"d", 86'400'000},
         {"w", 604'800'000},
         {"y", 31'536'000'000}}};
    if (const auto seconds = bare ? as_number(text) : std::nullopt)
      return std::chrono::milliseconds(*seconds * 1000);
    for (const auto& [unit, factor] : k_units) {
      if (!text.ends_with(unit)) continue;
      const auto count = as_number(text.substr(0, text.size() - unit.size()));
      if (count && *count >= 0 && *count < 1'000'000)
        return std::chrono::milliseconds(*count * factor);
    }
    return std::nullopt;
  }

  static Json typed(const Option& option, const std::string& value) {
    if (option.type == OptionType::flag) return value == "true";
    if (option.type == OptionType::number) return *as_number(value);
    return value;
  }

  std::string one(const char* name) const {
    const auto values = m_values.find(name);
    return values == m_values.end() ? "" : values->second.back();
  }
  std::vector<std::string> many(const char* name) const {
    const auto values = m_values.find(name);
    return values == m_values.end() ? std::vector<std::string>() : values->second;
  }
  bool on(const char* name) const { return one(name) == "true"; }

  std::optional<std::filesystem::path> file(const char* name) const {
    return m_values.contains(name) ? std::optional<std::filesystem::path>(one(name)) : std::nullopt;
  }

  std::chrono::milliseconds span(const char* name) const {
    if (!m_values.contains(name)) return std::chrono::milliseconds(0);
    const auto value = as_span(one(name), true);
    if (!value)
      refuse(std::string("--") + name + ": \"" + one(name) + "\" is not a duration",
             "write 5s or 2m");
    return *value;
  }

  void fill_flags(Invocation& invocation) {
    invocation.kubeconfig = file("kubeconfig");
    invocation.file = file("filename");
    invocation.output_dir = file("output-dir");
    invocation.context = one("context");
    for (const std::string& list : many("contexts")) {
      for (std::string& pattern : split(list, ',')) {
        if (!pattern.empty()) invocation.contexts.push_back(std::move(pattern));
      }
    }
    if (m_values.contains("contexts") && invocation.contexts.empty()) refuse("--contexts is empty");
    if (!invocation.context.empty() && !invocation.contexts.empty())
      refuse("--context and --contexts exclude each other");
    invocation.settings = many("set");
    invocation.request_timeout = span("request-timeout");
    invocation.timeout = span("timeout");
    invocation.verbosity = m_values.contains("v") ? static_cast<int>(*as_number(one("v"))) : 0;
    invocation.yes = on("yes");
    invocation.show_secrets = on("show-secrets");
    fill_access(invocation.access);
    fill_modes(invocation);
  }

  void fill_access(AccessOverrides& access) const {
    access.cluster = one("cluster");
    access.user = one("user");
    access.server = one("server");
    access.tls_server_name = one("tls-server-name");
    access.certificate_authority = one("certificate-authority");
    access.client_certificate = one("client-certificate");
    access.client_key = one("client-key");
    access.token = one("token");
    access.name_space = one("namespace");
    access.as = one("as");
    access.as_uid = one("as-uid");
    access.as_groups = many("as-group");
    access.as_user_extra = many("as-user-extra");
    if (m_values.contains("as") && access.as.empty())
      refuse("--as is empty", "leave it out to be yourself");
    if (m_values.contains("insecure-skip-tls-verify"))
      access.insecure_skip_tls_verify = on("insecure-skip-tls-verify");
    if (m_values.contains("disable-compression"))
      access.disable_compression = on("disable-compression");
  }

  void fill_modes(Invocation& invocation) const {
    static const std::map<std::string, OutputFormat> formats{
        {"", OutputFormat::table},    {"table", OutputFormat::table}, {"wide", OutputFormat::wide},
        {"json", OutputFormat::json}, {"yaml", OutputFormat::yaml},   {"name", OutputFormat::name}};
    static const std::map<std::string, DryRunMode> dry_runs{{"", DryRunMode::none},
                                                            {"none", DryRunMode::none},
                                                            {"client", DryRunMode::client},
                                                            {"server", DryRunMode::server}};
    static const std::map<std::string, ColorMode> colors{{"", ColorMode::automatic},
                                                         {"auto", ColorMode::automatic},
                                                         {"always", ColorMode::always},
                                                         {"never", ColorMode::never}};
    invocation.output = formats.at(one("output"));
    invocation.dry_run = dry_runs.at(one("dry-run"));
    invocation.color = colors.at(one("color"));
  }

  /// For the journal and for messages.
  std::string shown() const {
    std::string text = m_program;
    bool hide = false;
    for (const std::string& word : m_words) {
      std::string safe = hide ? "***" : word;
      hide = false;
      for (const char* name : k_secret_flags) {
        const std::string flag = std::string("--") + name;
        if (word == flag) hide = true;
        if (word.starts_with(flag + "=")) safe = flag + "=***";
      }
      text += " " + safe;
    }
    return text;
  }

  std::string m_program;
  const std::vector<std::string>& m_words;
  std::vector<CommandRow> m_commands;
  const CommandRow* m_command = nullptr;
  std::vector<std::string> m_positional;
  Values m_values;
};

}  // namespace

Parsed parse_arguments(const std::string& argv0, const std::vector<std::string>& words,
                       const Catalogue& catalogue) {
  return Line(argv0, words, catalogue).parse();
}

}  // namespace mesh
