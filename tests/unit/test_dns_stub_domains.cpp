#include "stub_domains.hpp"
#include "suffix.hpp"
#include "unit/dns_support.hpp"

namespace mesh::dns {

using test::problem_of;

TEST_CASE("a stub domain that is set and taken out leaves the text as it was") {
  const std::string before = GENERATE(values<std::string>({
      "{}",
      "{ }",
      " {\n}\n",
      R"({"corp.example":["10.1.1.1"]})",
      "{\n  \"corp.example\" : [ \"10.1.1.1:5353\" , \"10.1.1.2\" ],\n  \"a\":[]\n}\n",
      R"({"quo\"te}":["[{,"],"x":["1.1.1.1"]})",
      R"({"corp.example": ["10.1.1.1"]})",
  }));
  const std::string with = with_stub(before, "global", "10.4.3.102");
  INFO(with);
  CHECK(stub_of(with, "global") == std::vector<std::string>{"10.4.3.102"});
  CHECK(Json::parse(with).size() == Json::parse(before).size() + 1);
  CHECK(with_stub(with, "global", "10.4.3.102") == with);
  CHECK(without_stub(with, "global") == before);
  const std::string moved = with_stub(with, "global", "10.4.3.103");
  CHECK(stub_of(moved, "global") == std::vector<std::string>{"10.4.3.103"});
  CHECK(without_stub(moved, "global") == before);
  CHECK(without_stub(before, "global") == before);
}

TEST_CASE("where there was no key, there is none afterwards") {
  const std::string with = with_stub({}, "global", "10.4.3.102");
  CHECK(stub_of(with, "global") == std::vector<std::string>{"10.4.3.102"});
  CHECK_FALSE(without_stub(with, "global").has_value());
  CHECK_FALSE(without_stub(with_stub(with, "global", "10.4.3.103"), "global").has_value());
}

TEST_CASE("others' members are kept whatever the place of ours") {
  const std::string first = R"({"global":["1.1.1.1"], "b":["2.2.2.2"]})";
  CHECK(Json::parse(*without_stub(first, "global")) == Json::parse(R"({"b":["2.2.2.2"]})"));
  const std::string middle = R"({"a":["1.1.1.1"],"global":["3.3.3.3"],"b":["2.2.2.2"]})";
  CHECK(*without_stub(middle, "global") == R"({"a":["1.1.1.1"],"b":["2.2.2.2"]})");
}

TEST_CASE("broken stub domains are refused and not overwritten") {
  const std::string text =
      GENERATE(values<std::string>({"", "[]", "{\"a\":\"1.1.1.1\"}", "{\"a\":[1]}",
                                    "{\"a\":[\"1.1.1.1\"]", "{} x", "$(kubectl get svc)"}));
  INFO(text);
  const Problem problem = problem_of([&] { with_stub(text, "global", "10.0.0.1"); });
  CHECK(problem.code == "refused");
  CHECK_THAT(problem.message, Catch::Contains("stubDomains of ConfigMap kube-system/kube-dns"));
}

TEST_CASE("a suffix that cannot be a zone of the mesh is refused") {
  const auto why = [](const std::string& suffix) {
    return problem_of([&] { require_suffix(suffix, "cluster.local"); }).message;
  };
  for (const char* bad :
       {"", ".global", "global.", "Global", "a..b", "-a", "a_b", "10.0.0.1", "a b", "global\n"})
    CHECK_THAT(why(bad), Catch::Contains("is no DNS name"));
  CHECK_THAT(why(std::string(64, 'a')), Catch::Contains("is no DNS name"));
  CHECK_THAT(why("cluster.local"), Catch::Contains("cluster's own names"));
  CHECK_THAT(why("local"), Catch::Contains("cluster's own names"));
  CHECK_THAT(why("svc.cluster.local"), Catch::Contains("own domain"));
  CHECK_THAT(why("arpa"), Catch::Contains("reserved"));
  CHECK_THAT(why("x.localhost"), Catch::Contains("reserved"));
  for (const char* good : {"global", "mesh.internal", "xcluster.local.example", "a1.b-2"})
    CHECK_NOTHROW(require_suffix(good, "cluster.local"));
  CHECK(suffix_notes("global").size() == 1);
  CHECK(suffix_notes("mesh.internal").empty());
}

}  // namespace mesh::dns
