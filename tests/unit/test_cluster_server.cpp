#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "cluster/server.hpp"

using mesh::parse_server;

TEST_CASE("servers are written in many ways") {
  struct Row {
    std::string text, url, host, port;
  };
  const Row row = GENERATE(
      Row{"https://a.example:6443", "https://a.example:6443", "a.example", "6443"},
      Row{"https://a.example", "https://a.example", "a.example", "443"},
      Row{"https://a.example/", "https://a.example", "a.example", "443"},
      Row{"https://a.example:/", "https://a.example", "a.example", "443"},
      Row{"a.example:6443", "https://a.example:6443", "a.example", "6443"},
      Row{"a.example", "https://a.example", "a.example", "443"},
      Row{"HTTPS://a.example", "https://a.example", "a.example", "443"},
      Row{"https://rancher/k8s/clusters/c-1", "https://rancher/k8s/clusters/c-1", "rancher", "443"},
      Row{"rancher:8443/k8s/c-1//", "https://rancher:8443/k8s/c-1", "rancher", "8443"},
      Row{"https://h/p?x=1#y", "https://h/p", "h", "443"},
      Row{"https://10.0.0.1:6443", "https://10.0.0.1:6443", "10.0.0.1", "6443"},
      Row{"https://[2001:db8::1]:6443/p", "https://[2001:db8::1]:6443/p", "2001:db8::1", "6443"},
      Row{"[::1]", "https://[::1]", "::1", "443"});
  const mesh::Server server = parse_server("a", row.text);
  CHECK(server.url == row.url);
  CHECK(server.host == row.host);
  CHECK(server.port == row.port);
}

TEST_CASE("a server that cannot be meant is refused, with its context") {
  struct Row {
    std::string text, said;
  };
  const Row row = GENERATE(
      Row{"", "its cluster has no server"}, Row{"http://a.example", "is http://, not https://"},
      Row{"ftp://a", "is ftp://, not https://"}, Row{"https://", "names no host"},
      Row{"https:///path", "names no host"}, Row{"https://:6443", "names no host"},
      Row{"https://a:0", "\"0\" is not a port"}, Row{"https://a:65536", "\"65536\" is not a port"},
      Row{"https://a:http", "\"http\" is not a port"}, Row{"https://a:-1", "\"-1\" is not a port"},
      Row{"https://2001:db8::1", "stands in brackets"}, Row{"https://[::1", "names no host"},
      Row{"https://[::1]x:6443", "names no host"}, Row{"https://a b", "a blank or a control"},
      Row{"https://a\r\nHost: b", "a blank or a control"});
  INFO(row.text);
  const mesh::Problem problem = mesh::test::problem_of([&] { parse_server("ctx", row.text); });
  CHECK(problem.code == "invalid-kubeconfig");
  CHECK(problem.message.starts_with("context \"ctx\": "));
  CHECK(problem.message.find(row.said) != std::string::npos);
}

TEST_CASE("a password in the address of a server is refused and not repeated") {
  const mesh::Problem problem =
      mesh::test::problem_of([] { parse_server("a", "https://jane:hunter2@h:6443"); });
  CHECK(problem.message == "context \"a\": its server holds a user name or a password");
  CHECK(problem.hint.find("hunter2") == std::string::npos);
}
