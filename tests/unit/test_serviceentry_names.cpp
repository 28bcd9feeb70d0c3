#include "alias.hpp"
#include "names.hpp"
#include "requests.hpp"
#include <catch2/catch.hpp>

namespace mesh::serviceentry::test {

TEST_CASE("serviceentry names: what DNS takes") {
  CHECK(is_label("app1"));
  CHECK_FALSE(is_label(""));
  CHECK_FALSE(is_label("App1"));
  CHECK_FALSE(is_label("-app"));
  CHECK_FALSE(is_label("app_1"));
  CHECK_FALSE(is_label(std::string(64, 'a')));
  CHECK(is_host("app1.default.global"));
  CHECK_FALSE(is_host("global"));
  CHECK_FALSE(is_host("app1..global"));
  CHECK_FALSE(is_host("app1.default."));
  CHECK(parse_service("default/app1")->name == "app1");
  CHECK_FALSE(parse_service("app1"));
  CHECK_FALSE(parse_service("default/app1/x"));
}

TEST_CASE("serviceentry names: protocols as istiod reads them") {
  CHECK(protocol_of("", "http", 8000) == "HTTP");
  CHECK(protocol_of("", "http-web", 8000) == "HTTP");
  CHECK(protocol_of("", "grpc-web-x", 8000) == "GRPC-WEB");
  CHECK(protocol_of("grpc", "tcp", 8000) == "GRPC");
  CHECK(protocol_of("kubernetes.io/h2c", "web", 8000) == "HTTP2");
  CHECK(protocol_of("", "web", 8000).empty());
  CHECK(protocol_of("", "", 3306) == "TCP");
  CHECK(protocol_of("example.com/own", "http", 8000).empty());
}

TEST_CASE("serviceentry names: the SNI that the gateway listens for") {
  CHECK(sni_of(8000, "default", "app1") == "outbound_.8000_._.app1.default.svc.cluster.local");
  CHECK(sni_of(1, "n", "s", "corp.example") == "outbound_.1_._.s.n.svc.corp.example");
}

TEST_CASE("serviceentry addresses: ranges") {
  CHECK(address_text(*parse_address("240.0.0.2")) == "240.0.0.2");
  CHECK_FALSE(parse_address("240.0.0"));
  CHECK_FALSE(parse_address("240.0.0.256"));
  CHECK_FALSE(parse_address("fd00::1"));
  CHECK(parse_range("10.0.0.0/8")->holds(*parse_address("10.255.0.1")));
  CHECK_FALSE(parse_range("10.0.0.0"));
  CHECK_FALSE(parse_range("10.0.0.0/33"));
  CHECK(parse_range("0.0.0.0/0")->overlaps(*parse_range("240.0.0.0/16")));
  CHECK_FALSE(parse_range("240.1.0.0/16")->overlaps(*parse_range("240.0.0.0/16")));
  CHECK_THROWS_AS(pool_range("240.240.0.0/16"), Failure);
  CHECK_THROWS_AS(pool_range("240.0.0.0/4"), Failure);
  CHECK_THROWS_AS(pool_range("127.255.0.0/16"), Failure);
  CHECK_THROWS_AS(pool_range("240.0.0.0/30"), Failure);
}

TEST_CASE("serviceentry addresses: the same host gets the same one; a collision the next") {
  const Range pool = pool_range("240.0.0.0/16");
  AddressPool one(pool, {});
  const Address address = one.take("app1.default.global");
  AddressPool other(pool, {});
  CHECK(other.take("app1.default.global") == address);
  AddressPool taken(pool, {address});
  CHECK(taken.take("app1.default.global") == address + 1);
  CHECK_FALSE(taken.keep(address));
  CHECK_FALSE(taken.keep(*parse_address("10.0.0.1")));
}

TEST_CASE("serviceentry addresses: unique among thousands, and a full pool says so") {
  AddressPool pool(pool_range("240.0.0.0/16"), {});
  std::set<Address> all;
  for (int at = 0; at < 20'000; ++at) all.insert(pool.take("s" + std::to_string(at) + ".d.global"));
  CHECK(all.size() == 20'000);
  AddressPool small(pool_range("240.0.0.16/28"), {});
  for (int at = 0; at < 16; ++at) small.take(std::to_string(at));
  CHECK_THROWS_AS(small.take("one more"), Failure);
}

TEST_CASE("serviceentry requests: gateway addresses of the operator") {
  CHECK(parse_gateway("203.0.113.7") == GatewayAddress{"203.0.113.7", 15443});
  CHECK(parse_gateway("gw.example.com:443") == GatewayAddress{"gw.example.com", 443});
  CHECK(parse_gateway("fd00::1") == GatewayAddress{"fd00::1", 15443});
  CHECK_THROWS_AS(parse_gateway("gw:port"), Failure);
  CHECK_THROWS_AS(parse_gateway(""), Failure);
}

}  // namespace mesh::serviceentry::test
