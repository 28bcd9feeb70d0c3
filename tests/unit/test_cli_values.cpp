#include <catch2/catch.hpp>

#include "cli/option_value.hpp"
#include "mesh/problem.hpp"

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

namespace mesh {

static Option option_of(OptionType type, std::vector<std::string> choices = {}) {
  Option option;
  option.name = "lamp";
  option.type = type;
  option.choices = std::move(choices);
  return option;
}

static Problem problem_of(const Option& option, const std::string& word) {
  try {
    read_option(option, word);
  } catch (const Failure& failure) {
    return failure.problem();
  }
  FAIL("was taken: " << word);
  return {};
}

TEST_CASE("a value has the JSON type of its option") {
  CHECK(read_option(option_of(OptionType::text), "7") == Json("7"));
  CHECK(read_option(option_of(OptionType::text), "") == Json(""));
  CHECK(read_option(option_of(OptionType::number), "-7") == Json(-7));
  CHECK(read_option(option_of(OptionType::flag), "true") == Json(true));
  CHECK(read_option(option_of(OptionType::flag), "false") == Json(false));
  CHECK(read_option(option_of(OptionType::path), "a b") == Json("a b"));
  CHECK(read_option(option_of(OptionType::duration), "30d") == Json("30d"));
}

TEST_CASE("numbers are whole and fit into 64 bits") {
  const std::string word = GENERATE(as<std::string>(), "", " 1", "1 ", "1.5", "0x10", "1e3", "+1",
                                    "seven", "--1", "9223372036854775808");
  CHECK(problem_of(option_of(OptionType::number), word).message ==
        "--lamp: \"" + word + "\" is not a whole number");
}

TEST_CASE("durations are one number and one unit, as plugins read them") {
  for (const char* word : {"0s", "90s", "90m", "36h", "30d", "2w", "10y"}) {
    CHECK(read_option(option_of(OptionType::duration), word) == Json(word));
  }
  const std::string word = GENERATE(as<std::string>(), "", "5", "d", "-3d", "1.5h", "1h30m", "10 d",
                                    "30D", "500ms", "99999y", "99999999999999999999d", "1d ");
  const Problem problem = problem_of(option_of(OptionType::duration), word);
  CHECK(problem.code == "usage");
  CHECK(problem.message == "--lamp: \"" + word + "\" is not a duration");
  CHECK(problem.hint == "write it as 90m, 36h, 30d or 10y");
}

TEST_CASE("a word that is no choice is answered with the nearest one") {
  const Option option = option_of(OptionType::text, {"p256", "p384", "rsa2048"});
  CHECK(read_option(option, "p384") == Json("p384"));
  CHECK(problem_of(option, "p348").message == "--lamp: \"p348\" is none of p256, p384, rsa2048");
  CHECK(problem_of(option, "p348").hint == "did you mean p384?");
  CHECK(problem_of(option, "ed25519").hint.empty());
}

TEST_CASE("paths are not empty and flags are true or false") {
  CHECK(problem_of(option_of(OptionType::path), "").message == "--lamp: \"\" is not a path");
  CHECK(problem_of(option_of(OptionType::flag), "yes").message ==
        "--lamp: \"yes\" is neither true nor false");
}

TEST_CASE("a wrong value of a secret flag is not repeated") {
  Option option = option_of(OptionType::number);
  option.name = "pin-token";
  CHECK(problem_of(option, "hunter2").message == "--pin-token: the value is not a whole number");
}

TEST_CASE("timeouts are what kubectl takes") {
  CHECK(read_timeout("0") == 0ms);
  CHECK(read_timeout("5") == 5s);
  CHECK(read_timeout("5s") == 5s);
  CHECK(read_timeout("500ms") == 500ms);
  CHECK(read_timeout("1m30s") == 90s);
  CHECK(read_timeout("2h") == 2h);
  for (const char* word : {"", "-1", "-5s", "5 s", "s", "1.5s", "5s ", "5x", "1m30", "ten"}) {
    INFO(word);
    CHECK_FALSE(read_timeout(word).has_value());
  }
}

TEST_CASE("names tell which values are nobody's business") {
  for (const char* name :
       {"token", "vault-token", "vaultToken", "key-passphrase", "PASSWORD", "client-secret"}) {
    INFO(name);
    CHECK(is_secret_name(name));
  }
  for (const char* name : {"token-file", "key", "passphrase-file", "secret-name", ""}) {
    INFO(name);
    CHECK_FALSE(is_secret_name(name));
  }
}

}  // namespace mesh
