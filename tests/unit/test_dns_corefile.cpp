#include <random>

#include "corefile.hpp"
#include "marked_block.hpp"
#include "strategies.hpp"
#include "unit/dns_support.hpp"

// The Corefile: read as CoreDNS reads it, changed in our own block and nowhere else.

namespace mesh::dns {

using test::problem_of;

namespace {

const std::string k_body = stub_block("global", "53", "10.96.77.7");

std::string served(const std::string& corefile, const std::string& zone = "global") {
  const auto found = find_zone(parse_corefile(corefile), zone);
  return found ? std::to_string(found->line) + " " + found->by : "";
}

/// What a Corefile may be made of, valid in any order; the last word of a piece may lack its line
/// end.
const std::vector<std::string> k_pieces{
    test::k_corefile,
    "# a comment with { and \" in it\n",
    "\n\n",
    "\t \n",
    "(snip) {\n    errors\n    log {\n        class error\n    }\n}\n",
    "corp.example:53 {\n    import snip\n    forward . 10.1.1.1\n}\n",
    "a.example b.example:1053, c.example {\n    whoami\n}\n",
    "d.example,\ne.example\n{\n    cache 30 # half a minute\n}\n",
    "\"quoted.example\" {\n    template IN A {\n        answer \"{{ .Name }} 60 IN A 10.0.0.1\"\n  "
    "  }\n}\n",
    "{$ZONE} {%OTHER%}.example {\n    whoami\n}\n",
    "import custom/*.server\n",
    "tls://t.example:853 {\n    tls cert.pem key.pem\n}\n",
    "10.0.0.0/8 {\n    hosts {\n        10.0.0.1 x.y \\\"z\n        fallthrough\n    }\n}\n",
    "f.example {\n    log . \"{remote} \\\"{name}\\\"\"\n    acl {\n        block type ANY net "
    "10.0.0.0/8\n    }\n}\n",
    "# END of a comment, and # BEGIN kubectl-meshes\n",
    "  # BEGIN of nothing\r\n",
};

std::string made(std::mt19937& random) {
  std::string text;
  const std::size_t count = random() % 7;
  for (std::size_t index = 0; index < count; ++index) text += k_pieces[random() % k_pieces.size()];
  switch (random() % 4) {
    case 0:  // Windows
      for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
        if (at == 0 || text[at - 1] != '\r')
          text.insert(at, "\r");
        else
          --at;
      }
      break;
    case 1:  // without its last line end
      while (text.ends_with('\n')) text.pop_back();
      break;
    case 2:
      text += "# no line end";
      break;
    default:
      break;
  }
  return text;
}

}  // namespace

TEST_CASE("a block that is put into any Corefile and taken out again leaves the first bytes") {
  std::mt19937 random(20191);  // seeded: the same files each time
  for (int round = 0; round < 3000; ++round) {
    const std::string before = made(random);
    INFO(before);
    const std::size_t blocks = parse_corefile(before).blocks.size();
    const std::string once = with_marked(before, k_body);
    REQUIRE(once.starts_with(before));
    REQUIRE(with_marked(once, k_body) == once);
    REQUIRE(without_marked(once) == before);
    REQUIRE(find_marked(once)->body == k_body);
    const Corefile after = parse_corefile(once);
    REQUIRE(after.blocks.size() == blocks + 1);
    REQUIRE(after.blocks.back().keys.front().text == "global:53");
    const std::string other = with_marked(once, stub_block("mesh.internal", "", "10.0.0.9"));
    REQUIRE(without_marked(other) == before);
    // What others write behind it later stays, too.
    REQUIRE(without_marked(once + "later.example {\n    whoami\n}\n") ==
            before + "later.example {\n    whoami\n}\n");
  }
}

TEST_CASE("a lone carriage return at the end is not taken for a line end of ours") {
  for (const std::string before : {"a.example {\n}\r", "a.example {\r\n}\r", "\r", ""}) {
    const std::string once = with_marked(before, k_body);
    CHECK(with_marked(once, k_body) == once);
    CHECK(without_marked(once) == before);
  }
}

TEST_CASE("marks that do not fit together are refused with their line") {
  const std::string begin = std::string(k_block_begin) + "\n";
  const std::string end = std::string(k_block_end) + "\n";
  for (const std::string& text : {"\n" + begin, end, begin + begin + end, begin + end + end}) {
    const Problem problem = problem_of([&] { with_marked(text, k_body); });
    CHECK(problem.code == "refused");
    CHECK_THAT(problem.message, Catch::Contains("line "));
  }
  // In a quote, or behind something on its line, it is no mark.
  CHECK_FALSE(find_marked("a.example {\n    log \"\n# BEGIN kubectl-mesh\n\"\n}\n"));
  CHECK_FALSE(find_marked("a.example { # BEGIN kubectl-mesh\n}\n"));
}

TEST_CASE("blocks, plugins and imports are found as CoreDNS finds them") {
  const Corefile file = parse_corefile(
      "(snip) {\n    errors\n}\n"
      "import other/*.server\n"
      "a.example:53 b.example, c.example {\n    import snip\n    forward . 1.1.1.1 {\n"
      "        except x\n    }\n    cache\n}\n"
      "d.example\n{\n    whoami # here\n}\n");
  REQUIRE(file.blocks.size() == 3);
  CHECK(file.blocks[0].snippet);
  CHECK(file.imports.at(0).text == "other/*.server");
  CHECK(file.blocks[1].keys.size() == 3);
  CHECK(file.blocks[1].keys[1].text == "b.example");
  REQUIRE(file.blocks[1].directives.size() == 3);
  CHECK(file.blocks[1].directives[1].tokens.size() == 7);
  CHECK(file.blocks[2].directives[0].tokens.size() == 1);
  CHECK(file.blocks[2].keys[0].line == 12);
}

TEST_CASE("a Corefile that CoreDNS would refuse is refused with its line") {
  const auto row = GENERATE(values<std::pair<const char*, const char*>>({
      {"a.example {\n    errors\n", "line 2"},
      {"a.example {\n    forward . 1.1.1.1 {\n", "line 2"},
      {"a.example {\n}\n}\n", "line 3"},
      {"a.example {\n    errors }\n}\n", "line 2"},
      {"a.example,\n{\n}\n", "line 2"},
      {"{\n}\n", "line 1"},
      {"import\n", "line 1"},
      {"a.example {\n    log \"open\n}\n", "line 2"},
      {"(snip)\n    errors\n", "line 1"},
  }));
  INFO(row.first);
  const Problem problem = problem_of([&] { parse_corefile(row.first); });
  CHECK(problem.code == "invalid-input");
  CHECK_THAT(problem.message, Catch::StartsWith(row.second));
}

TEST_CASE("who serves the zone already is told with the line") {
  CHECK(served(test::k_corefile) == "");
  CHECK(served("# global:53\n.:53 {\n}\n") == "");
  CHECK(served(".:53 {\n}\nglobal:53 {\n}\n") == "3 global:53");
  CHECK(served("GLOBAL. {\n}\n") == "1 GLOBAL.");
  CHECK(served("x.example dns://global:1053 {\n}\n") == "1 dns://global:1053");
  CHECK(served(".:53 {\n    forward global 10.0.0.1\n}\n") == "2 forward global 10.0.0.1");
  CHECK(served(".:53 {\n    rewrite name suffix .global .svc.cluster.local\n}\n") ==
        "2 rewrite name suffix .global .svc.cluster.local");
  CHECK(served("(stub) {\n    file db.global global\n}\n") == "2 file db.global global");
  CHECK(served(".:53 {\n    import global\n    log global\n}\n") == "");
  CHECK(served(".:53 {\n    forward . 1.1.1.1 {\n        except global\n    }\n}\n") == "");
  CHECK(served("mesh.internal {\n}\n", "mesh.internal") == "1 mesh.internal");
  CHECK(served("xglobal {\n}\n") == "");

  const Corefile file = parse_corefile("team.global {\n}\n{$ZONE}:53 {\n}\n");
  REQUIRE(find_below(file, "global").size() == 1);
  CHECK(find_below(file, "global")[0].by == "team.global");
  CHECK(find_variables(file).at(0).line == 3);
}

TEST_CASE("port and domain come from the file") {
  CHECK(root_port(parse_corefile(test::k_corefile)) == "53");
  CHECK(root_port(parse_corefile(". {\n}\n")) == "");
  CHECK(root_port(parse_corefile(".:8053 {\n}\n")) == "8053");
  CHECK(root_port(parse_corefile("a.example {\n}\n")) == "53");
  CHECK(cluster_domain(parse_corefile(test::k_corefile)) == "cluster.local");
  CHECK(cluster_domain(parse_corefile(".:53 {\n    kubernetes corp.local. in-addr.arpa\n}\n")) ==
        "corp.local");
  CHECK(cluster_domain(parse_corefile(
            ".:53 {\n    kubernetes {\n        pods insecure\n    }\n}\n")) == "cluster.local");
}

TEST_CASE("a stub block says where it leads") {
  CHECK(targets_of(k_body) == std::vector<std::string>{"10.96.77.7"});
  CHECK(targets_of("global {\n    whoami\n}\n").empty());
}

}  // namespace mesh::dns
