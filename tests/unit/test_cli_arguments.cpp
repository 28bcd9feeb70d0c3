#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "cli/arguments.hpp"
#include "mesh/problem.hpp"

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;

namespace mesh {

using Words = std::vector<std::string>;

static Parsed parse(const Words& line) {
  static const Catalogue catalogue = test::lamp_catalogue();
  return parse_arguments("/usr/bin/kubectl-mesh", line, catalogue);
}

static Invocation invocation(const Words& line) {
  const Parsed parsed = parse(line);
  CHECK(parsed.wish == Parsed::Wish::run);
  return parsed.invocation;
}

static Problem refusal(const Words& line) {
  try {
    parse(line);
  } catch (const Failure& failure) {
    CHECK(failure.problem().code == "usage");
    return failure.problem();
  }
  std::string shown;
  for (const std::string& word : line) shown += word + " ";
  FAIL("was taken: " << shown);
  return {};
}

TEST_CASE("the program is called as the operator calls it") {
  CHECK(program_name("/usr/local/bin/kubectl-mesh") == "kubectl mesh");
  CHECK(program_name("kubectl-istio_x") == "kubectl istio-x");
  CHECK(program_name("./mesh") == "mesh");
}

TEST_CASE("flags may stand anywhere") {
  const std::vector<Words> lines{
      {"lamp", "light", "--contexts", "a,b", "--watts", "7", "--force"},
      {"--contexts", "a,b", "lamp", "light", "--watts", "7", "--force"},
      {"lamp", "--watts=7", "--force", "--contexts=a,b", "light"},
      {"--force", "lamp", "--contexts=a", "--contexts", "b", "light", "--watts=7"},
      {"--force=true", "lamp", "light", "--contexts=a,,b", "--watts=7"},
  };
  for (const Words& line : lines) {
    const Invocation made = invocation(line);
    CHECK(made.command == Words{"lamp", "light"});
    CHECK(made.arguments.empty());
    CHECK(made.contexts == Words{"a", "b"});
    CHECK(made.options == Json{{"watts", 7}, {"force", true}});
  }
}

TEST_CASE("short flags take their value in every form") {
  const Words line =
      GENERATE(Words{"contexts", "-o", "json"}, Words{"contexts", "-ojson"},
               Words{"contexts", "-o=json"}, Words{"-ojson", "contexts"},
               Words{"contexts", "--output", "json"}, Words{"contexts", "--output=json"});
  CHECK(invocation(line).output == OutputFormat::json);
}

TEST_CASE("verbosity is -v and --v") {
  const Words line =
      GENERATE(Words{"-v", "6"}, Words{"-v=6"}, Words{"-v6"}, Words{"--v=6"}, Words{"--v", "6"});
  Words whole{"contexts"};
  whole.insert(whole.end(), line.begin(), line.end());
  CHECK(invocation(whole).verbosity == 6);
}

TEST_CASE("the other values of a verb keep their types") {
  const Invocation made =
      invocation({"lamp", "light", "--burn-time=30d", "--wick-file", "w.txt", "--color-name=amber",
                  "--tag", "a=1", "--tag=b=2", "--strategy", "gas"});
  CHECK(made.options == Json{{"burn-time", "30d"},
                             {"wick-file", "w.txt"},
                             {"color-name", "amber"},
                             {"tag", {"a=1", "b=2"}},
                             {"strategy", "gas"}});
}

TEST_CASE("a verb's own meaning of a flag counts") {
  // --force is a flag of `light` and takes a value of `show`.
  CHECK(invocation({"lamp", "light", "--force"}).options["force"] == true);
  CHECK(invocation({"lamp", "show", "--force", "all"}).options["force"] == "all");
  CHECK(invocation({"lamp", "show", "--force=all"}).options["force"] == "all");
}

TEST_CASE("a later value replaces an earlier one, lists grow") {
  const Invocation made = invocation({"lamp", "light", "--watts=1", "--watts=2", "-o", "json", "-o",
                                      "yaml", "--as-group=x", "--as-group=y", "--as=jane"});
  CHECK(made.options["watts"] == 2);
  CHECK(made.output == OutputFormat::yaml);
  CHECK(made.access.as_groups == Words{"x", "y"});
}

TEST_CASE("kubectl's flags reach their places") {
  const Invocation made = invocation({"contexts",
                                      "--kubeconfig",
                                      "k.yaml",
                                      "--context=blue",
                                      "--cluster=c",
                                      "--user=u",
                                      "-n",
                                      "ns",
                                      "-s",
                                      "https://x",
                                      "--tls-server-name=t",
                                      "--insecure-skip-tls-verify",
                                      "--certificate-authority=ca.pem",
                                      "--client-certificate=c.pem",
                                      "--client-key=k.pem",
                                      "--token=abc",
                                      "--as=jane",
                                      "--as-uid=7",
                                      "--as-user-extra=a=b",
                                      "--request-timeout=1m30s",
                                      "--disable-compression=false",
                                      "--timeout",
                                      "10m"});
  CHECK(made.kubeconfig == std::filesystem::path("k.yaml"));
  CHECK(made.context == "blue");
  CHECK(made.access.cluster == "c");
  CHECK(made.access.user == "u");
  CHECK(made.access.name_space == "ns");
  CHECK(made.access.server == "https://x");
  CHECK(made.access.tls_server_name == "t");
  CHECK(made.access.insecure_skip_tls_verify == true);
  CHECK(made.access.certificate_authority == "ca.pem");
  CHECK(made.access.client_certificate == "c.pem");
  CHECK(made.access.client_key == "k.pem");
  CHECK(made.access.token == "abc");
  CHECK(made.access.as == "jane");
  CHECK(made.access.as_uid == "7");
  CHECK(made.access.as_user_extra == Words{"a=b"});
  CHECK(made.request_timeout == 90s);
  CHECK(made.access.disable_compression == false);
  CHECK(made.timeout == 10min);
}

TEST_CASE("flags that were not given stay unset") {
  const Invocation made = invocation({"contexts"});
  CHECK_FALSE(made.kubeconfig.has_value());
  CHECK_FALSE(made.access.insecure_skip_tls_verify.has_value());
  CHECK_FALSE(made.access.disable_compression.has_value());
  CHECK(made.options == Json::object());
  CHECK(made.request_timeout == 0ms);
  CHECK(made.output == OutputFormat::table);
  CHECK(made.dry_run == DryRunMode::none);
  CHECK_FALSE(made.yes);
}

TEST_CASE("patterns and exclusions of --contexts are kept as they are") {
  CHECK(invocation({"contexts", "--contexts", "game-*,-game-old"}).contexts ==
        Words{"game-*", "-game-old"});
  CHECK(invocation({"contexts", "--contexts", "-game-old"}).contexts == Words{"-game-old"});
  CHECK(invocation({"contexts", "--contexts=-x", "--contexts=a"}).contexts == Words{"-x", "a"});
}

TEST_CASE("a dry run is what kubectl makes of it") {
  CHECK(invocation({"undo", "--dry-run=server"}).dry_run == DryRunMode::server);
  CHECK(invocation({"undo", "--dry-run=none"}).dry_run == DryRunMode::none);
  const Parsed bare = parse({"undo", "--dry-run", "20261123-201500-4f2a"});
  CHECK(bare.invocation.dry_run == DryRunMode::client);
  CHECK(bare.invocation.arguments == Words{"20261123-201500-4f2a"});
  REQUIRE(bare.warnings.size() == 1);
  CHECK(bare.warnings[0].find("--dry-run=client") != std::string::npos);
  CHECK(parse({"undo", "--dry-run=client"}).warnings.empty());
}

TEST_CASE("changes are told how to be made") {
  const Invocation made = invocation({"lamp", "light", "-y", "-f", "mesh.yaml", "--set", "a=b=c",
                                      "--show-secrets", "--output-dir", "out", "--color=never"});
  CHECK(made.yes);
  CHECK(made.file == std::filesystem::path("mesh.yaml"));
  CHECK(made.settings == Words{"a=b=c"});
  CHECK(made.show_secrets);
  CHECK(made.output_dir == std::filesystem::path("out"));
  CHECK(made.color == ColorMode::never);
  CHECK_FALSE(invocation({"lamp", "light", "--yes=false"}).yes);
}

TEST_CASE("behind -- everything is a word") {
  CHECK(invocation({"undo", "--", "--list"}).arguments == Words{"--list"});
  CHECK(invocation({"undo", "--list", "--", "run"}).arguments == Words{"run"});
}

TEST_CASE("help is asked for in every way and place") {
  const std::vector<std::pair<Words, Words>> lines{
      {{}, {}},
      {{"-h"}, {}},
      {{"--help"}, {}},
      {{"help"}, {}},
      {{"lamp"}, {"lamp"}},
      {{"lamp", "-h"}, {"lamp"}},
      {{"help", "lamp"}, {"lamp"}},
      {{"lamp", "light", "--help"}, {"lamp", "light"}},
      {{"-h", "lamp", "light", "--contexts=a"}, {"lamp", "light"}},
      {{"help", "lamp", "light"}, {"lamp", "light"}},
      {{"plugin"}, {"plugin"}},
      {{"options"}, {"options"}},
      {{"completion", "-h"}, {"completion"}},
  };
  for (const auto& [line, command] : lines) {
    const Parsed parsed = parse(line);
    CHECK(parsed.wish == Parsed::Wish::help);
    CHECK(parsed.invocation.command == command);
    CHECK(parsed.invocation.program == "kubectl mesh");
  }
}

TEST_CASE("what needs no cluster is told apart") {
  CHECK(parse({"version", "-o", "yaml"}).wish == Parsed::Wish::version);
  CHECK(parse({"completion", "fish"}).wish == Parsed::Wish::completion_script);
  CHECK(parse({"completion", "install"}).wish == Parsed::Wish::run);
  CHECK(parse({"plugin", "list"}).wish == Parsed::Wish::plugin_list);
  CHECK(parse({"plugin", "info", "certs"}).wish == Parsed::Wish::run);
}

TEST_CASE("a mistyped word is answered with the nearest one") {
  CHECK(refusal({"lmap", "light"}).message == "unknown command \"lmap\"");
  CHECK(refusal({"lmap", "light"}).hint ==
        "did you mean \"lamp\"? kubectl mesh --help shows what there is");
  CHECK(refusal({"lamp", "lihgt"}).message == "unknown command \"lamp lihgt\"");
  CHECK(refusal({"lamp", "lihgt"}).hint ==
        "did you mean \"lamp light\"? kubectl mesh lamp --help shows what there is");
  CHECK(refusal({"light"}).hint ==
        "did you mean \"lamp light\"? kubectl mesh --help shows what there is");
  CHECK(refusal({"candle"}).hint == "kubectl mesh --help shows what there is");
  CHECK(refusal({"help", "lmap"}).message == "unknown command \"lmap\"");
}

TEST_CASE("a mistyped flag is answered with the nearest one") {
  CHECK(refusal({"lamp", "light", "--wats=7"}).message == "unknown flag --wats");
  CHECK(refusal({"lamp", "light", "--wats=7"}).hint ==
        "did you mean --watts? kubectl mesh lamp light --help shows what there is");
  CHECK(refusal({"lamp", "light", "--wats", "7"}).message == "unknown flag --wats");
  CHECK(refusal({"lamp", "light", "-q"}).message == "unknown flag -q");
  CHECK(refusal({"lamp", "light", "--contxts=a", "--help"}).hint ==
        "did you mean --contexts? kubectl mesh lamp light --help shows what there is");
  CHECK(refusal({"--version"}).hint ==
        "did you mean \"kubectl mesh version\"? kubectl mesh --help shows what there is");
}

TEST_CASE("nothing is guessed from the beginning of a flag") {
  CHECK(refusal({"contexts", "--kubec=x"}).message == "unknown flag --kubec");
  CHECK(refusal({"lamp", "light", "--wat=7"}).message == "unknown flag --wat");
}

TEST_CASE("a flag of other verbs is answered with their names") {
  CHECK(refusal({"lamp", "show", "--watts=7"}).message == "\"lamp show\" takes no --watts");
  CHECK(refusal({"lamp", "show", "--watts=7"}).hint ==
        "it belongs to lamp light; kubectl mesh lamp show --help shows what there is");
  CHECK(refusal({"version", "--contexts=a"}).hint ==
        "it belongs to contexts, down, init, lamp light and 5 more; kubectl mesh version --help "
        "shows "
        "what there is");
  CHECK(refusal({"contexts", "--yes"}).message == "\"contexts\" takes no --yes");
}

TEST_CASE("a flag without its value is named") {
  CHECK(refusal({"contexts", "--context"}).message == "--context needs a value");
  CHECK(refusal({"contexts", "-o"}).message == "--output needs a value");
  CHECK(refusal({"contexts", "--context", "--check"}).message == "--context needs a value");
  CHECK(refusal({"contexts", "--context", "-o", "json"}).message == "--context needs a value");
}

TEST_CASE("an empty value of ours is no value") {
  CHECK(refusal({"contexts", "--context="}).message == "--context is empty");
  CHECK(refusal({"contexts", "--as", ""}).message == "--as is empty");
  CHECK(refusal({"contexts", "--contexts=,"}).message == "--contexts names no context");
}

TEST_CASE("values are checked before anything runs") {
  CHECK(refusal({"contexts", "-o", "jsn"}).message ==
        "--output: \"jsn\" is none of table, wide, json, yaml, name, junit");
  CHECK(refusal({"contexts", "-o", "jsn"}).hint == "did you mean json?");
  CHECK(refusal({"lamp", "light", "--dry-run=clint"}).hint == "did you mean client?");
  CHECK(refusal({"contexts", "--request-timeout=soon"}).message ==
        "--request-timeout: \"soon\" is not a duration");
  CHECK(refusal({"lamp", "light", "--set", "novalue"}).message ==
        "--set: \"novalue\" is not KEY=VALUE");
  CHECK(refusal({"contexts", "-v", "many"}).message == "--v: \"many\" is not a whole number");
  CHECK(refusal({"lamp", "light", "--watts=x"}).message == "--watts: \"x\" is not a whole number");
}

TEST_CASE("contradictions are refused") {
  CHECK(refusal({"contexts", "--context=a", "--contexts=b"}).message ==
        "--context and --contexts exclude each other");
  CHECK(refusal({"contexts", "--contexts=a,b", "--server=https://x"}).message ==
        "--contexts with --server or --cluster would lead all contexts to one cluster");
  CHECK(refusal({"lamp", "light", "--output-dir=d", "-o", "json"}).message ==
        "--output-dir writes YAML");
}

TEST_CASE("words that a command does not take are refused") {
  CHECK(refusal({"contexts", "a"}).message == "\"contexts\" does not take \"a\"");
  CHECK(refusal({"undo", "a", "b"}).message == "\"undo\" does not take \"b\"");
  CHECK(refusal({"completion", "bsh"}).message == "unknown command \"completion bsh\"");
}

TEST_CASE("plugins that cannot be used are mentioned when a word is missing") {
  Catalogue catalogue = test::lamp_catalogue();
  catalogue.problems.emplace_back();
  try {
    parse_arguments("kubectl-mesh", {"candle"}, catalogue);
    FAIL("was taken");
  } catch (const Failure& failure) {
    CHECK(failure.problem().hint ==
          "kubectl mesh plugin list shows plugins that cannot be used; kubectl mesh --help shows "
          "what there is");
  }
}

TEST_CASE("a plugin cannot take a flag of the host over") {
  Catalogue catalogue = test::lamp_catalogue();
  Option yes;
  yes.name = "yes";
  yes.type = OptionType::text;
  catalogue.plugins[0].manifest.provides[0].verbs[0].options.push_back(yes);
  const Parsed parsed = parse_arguments("kubectl-mesh", {"lamp", "light", "--yes"}, catalogue);
  CHECK(parsed.invocation.yes);
  CHECK(parsed.invocation.options == Json::object());
}

TEST_CASE("the line is kept so that it can be pasted, without secrets") {
  const std::string shown =
      invocation({"lamp", "light", "--contexts", "a,b c", "-y", "--token", "hunter2", "--set",
                  "vaultToken=hunter3", "--set=size=4", "--tag=o'clock"})
          .shown;
  CHECK(shown ==
        "kubectl mesh lamp light --contexts='a,b c' --yes --token='***' --set='vaultToken=***' "
        "--set=size=4 --tag='o'\\''clock'");
}

TEST_CASE("the format that a wrong line asks for is found") {
  CHECK(wanted_format({"nonsense", "--more", "-o", "json"}) == OutputFormat::json);
  CHECK(wanted_format({"nonsense", "-oyaml"}) == OutputFormat::yaml);
  CHECK(wanted_format({"nonsense", "-o"}) == OutputFormat::table);
  CHECK(wanted_format({"nonsense", "-o", "jsn"}) == OutputFormat::table);
  CHECK(wanted_format({}) == OutputFormat::table);
}

}  // namespace mesh
