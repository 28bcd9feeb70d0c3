#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/help.hpp"
#include "cli/wrap.hpp"
#include "plugin/reserved_names.hpp"

namespace mesh {

TEST_CASE("the help of every level looks as it did") {
  const Catalogue catalogue = test::lamp_catalogue();
  test::matches_golden("help.txt", help_text("kubectl mesh", {}, catalogue));
  test::matches_golden("help-lamp.txt", help_text("kubectl mesh", {"lamp"}, catalogue));
  test::matches_golden("help-lamp-light.txt",
                       help_text("kubectl mesh", {"lamp", "light"}, catalogue));
  test::matches_golden("help-lamp-show.txt",
                       help_text("kubectl mesh", {"lamp", "show"}, catalogue));
  test::matches_golden("help-undo.txt", help_text("kubectl mesh", {"undo"}, catalogue));
  test::matches_golden("help-plugin.txt", help_text("kubectl mesh", {"plugin"}, catalogue));
  test::matches_golden("help-options.txt", help_text("kubectl mesh", {"options"}, catalogue));
}

TEST_CASE("help calls the program by the name that it was called by") {
  const std::string text = help_text("meshctl", {"lamp", "light"}, test::lamp_catalogue());
  CHECK(text.find("  meshctl lamp light --contexts a,b\n") != std::string::npos);
  CHECK(text.find("kubectl mesh") == std::string::npos);
}

TEST_CASE("every command of ours is described and has two examples") {
  for (const CommandRow& command : host_commands()) {
    const std::string words = join(command.words, " ");
    INFO(words);
    CHECK_FALSE(command.verb.summary.empty());
    CHECK_FALSE(command.verb.summary.ends_with('.'));
    CHECK_FALSE(command.verb.details.empty());
    CHECK(command.verb.examples.size() >= 2);
    CHECK(command.verb.examples.front().command.starts_with(words));
    for (const Example& example : command.verb.examples) CHECK_FALSE(example.text.empty());
  }
}

TEST_CASE("words and flags of the program are reserved names") {
  Extension extension;
  extension.point = "command/1";
  for (const CommandRow& command : host_commands()) {
    extension.name = command.words.front();
    INFO(extension.name);
    CHECK(reserved_name_in(extension) != "");
  }
  extension.name = "lamp";
  CHECK(reserved_name_in(extension) == "");
  for (const FlagRow& flag : host_flags()) {
    INFO(flag.option.name);
    Verb light;
    light.name = "light";
    light.options = {flag.option};
    extension.verbs = {light};
    CHECK(reserved_name_in(extension) != "");
  }
}

TEST_CASE("help shows the settings of a concern and of what it can choose") {
  Catalogue catalogue = test::lamp_catalogue();
  std::vector<Extension>& all = catalogue.plugins[0].manifest.provides;
  all[0].settings = Json::parse(R"({"required": ["fuel"], "properties": {
    "fuel": {"enum": ["oil", "gas"], "description": "what burns"},
    "lighter": {"type": "string", "x-point": "ca/1", "default": "flint", "description": "who"}}})");
  all[1].settings = Json::parse(R"({"properties": {
    "stone": {"type": "string", "format": "path", "description": "where it lies"}}})");
  const std::string text = help_text("kubectl mesh", {"lamp", "light"}, catalogue);
  CHECK_THAT(text, Catch::Contains("Settings of lamp in mesh.yaml, or --set:\n"
                                   "    fuel:\n        one of oil, gas, required: what burns\n"
                                   "    lighter:\n        name of ca/1: who (default flint)\n"
                                   "\n"
                                   "Settings of lamp in mesh.yaml, or --set, with lighter: flint:\n"
                                   "    stone:\n        path: where it lies\n"));
  all[0].settings = Json::parse(R"({"properties": {"fuel": 7}, "required": 1})");
  CHECK_THAT(help_text("kubectl mesh", {"lamp", "light"}, catalogue),
             Catch::Contains("fuel:\n        any value\n"));
}

TEST_CASE("no line of help but an example is wider than a terminal") {
  const Catalogue catalogue = test::lamp_catalogue();
  for (const CommandRow& command : all_commands(catalogue)) {
    for (const std::string& line :
         split(help_text("kubectl mesh", command.words, catalogue), '\n')) {
      if (line.starts_with("  kubectl mesh ")) continue;
      INFO(line);
      CHECK(display_width(line) <= 80);
    }
  }
}

TEST_CASE("a manifest cannot steer the terminal") {
  Catalogue catalogue = test::lamp_catalogue();
  catalogue.plugins[0].manifest.provides[0].summary = "dark\x1b[2Jness";
  const std::string text = help_text("kubectl mesh", {}, catalogue);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("dark\\x1b[2Jness") != std::string::npos);
}

TEST_CASE("text is broken at spaces and its paragraphs are kept") {
  CHECK(wrapped("one two", 4) == "    one two\n");
  CHECK(wrapped("one\n\ntwo", 2) == "  one\n\n  two\n");
  const std::string word(50, 'x');
  CHECK(wrapped(word + " " + word, 0) == word + "\n" + word + "\n");
  CHECK(wrapped(std::string(90, 'y'), 8) == std::string(8, ' ') + std::string(90, 'y') + "\n");
}

}  // namespace mesh
