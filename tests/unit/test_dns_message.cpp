#include "message.hpp"
#include "suffix.hpp"
#include "unit/dns_support.hpp"

namespace mesh::dns {

using test::asked_in;
using test::problem_of;
using test::wire_reply;

TEST_CASE("a query is what RFC 1035 says, byte for byte") {
  const std::string wanted(
      "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
      "\x04"
      "app1\x06global\x00\x00\x01\x00\x01",
      29);
  CHECK(query("app1.global", Record::a, 0x1234) == wanted);
  CHECK(asked_in(query("app1.global", Record::aaaa, 1)) ==
        std::pair(std::string("app1.global"), true));
  CHECK(problem_of([] { query(std::string(70, 'a'), Record::a, 1); }).code == "internal");
}

TEST_CASE("an answer is read with its code and addresses") {
  const std::string asked = query("app1.global", Record::a, 7);
  const Reply two = read_reply(wire_reply(asked, {"240.0.0.9", "240.0.0.2"}, "NOERROR"));
  CHECK(two.id == 7);
  CHECK(two.code == "NOERROR");
  CHECK(two.addresses == std::vector<std::string>{"240.0.0.2", "240.0.0.9"});
  CHECK(read_reply(wire_reply(asked, {}, "NOERROR")).addresses.empty());
  CHECK(read_reply(wire_reply(asked, {}, "NXDOMAIN")).code == "NXDOMAIN");
  CHECK(read_reply(wire_reply(asked, {}, "SERVFAIL")).code == "SERVFAIL");
  CHECK(read_reply(wire_reply(query("a.global", Record::aaaa, 7), {"fd00::1"}, "NOERROR"))
            .addresses == std::vector<std::string>{"fd00::1"});
}

TEST_CASE("bytes that are no answer are refused") {
  const std::string asked = query("app1.global", Record::a, 7);
  const std::string whole = wire_reply(asked, {"240.0.0.2"}, "NOERROR");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_THROWS_AS(read_reply(whole.substr(0, size)), Failure);
  CHECK_THROWS_AS(read_reply(asked), Failure);  // a question
  std::string loop = whole;
  loop[12] = '\xc0';  // a name that points at itself
  loop[13] = 12;
  CHECK_THROWS_AS(read_reply(loop), Failure);
}

TEST_CASE("the zone is a zone: one version, names with their addresses, nothing else") {
  const Json entries = Json::parse(R"([
    {"spec": {"hosts": ["app1.default.global"], "addresses": ["240.0.0.2"]}},
    {"spec": {"hosts": ["app2.default.global"]}, "status": {"addresses": [{"value": "240.240.0.1"}, {"value": "2001:2::1"}]}},
    {"spec": {"hosts": ["*.global", "x.example", "evil.global\nroot. IN A 1.1.1.1", "UP.global"], "addresses": ["240.0.0.9"]}},
    {"spec": {"hosts": ["cidr.default.global"], "addresses": ["240.0.0.0/16"]}},
    {"spec": {"hosts": ["app1.default.global"], "addresses": ["240.0.0.3"]}}])");
  const std::vector<DnsName> names = names_of(entries, "global");
  REQUIRE(names.size() == 2);
  CHECK(names[0] == DnsName{"app1.default.global", {"240.0.0.2", "240.0.0.3"}});
  CHECK(names[1] == DnsName{"app2.default.global", {"2001:2::1", "240.240.0.1"}});
  const std::string zone = zone_text("global", names);
  CHECK_THAT(zone, Catch::Contains("\napp1.default.global. 30 IN A 240.0.0.2\n"));
  CHECK_THAT(zone, Catch::Contains("\napp2.default.global. 30 IN AAAA 2001:2::1\n"));
  CHECK_THAT(zone, Catch::StartsWith("global. 30 IN SOA "));
  CHECK_THAT(zone, !Catch::Contains("evil"));
  CHECK(version_name("global", names) != version_name("global", {}));
  CHECK(version_name("global", names) == version_name("global", names_of(entries, "global")));
  CHECK(is_dns_name(version_name("global", names)));
}

}  // namespace mesh::dns
