#include "cluster_support.hpp"
#include <catch2/catch.hpp>

#include "cluster/proxy.hpp"

using mesh::proxy_for;
using mesh::test::Environment;
using mesh::test::NoEnvironment;
using mesh::test::problem_of;

namespace {

constexpr const char* k_proxy = "http://proxy:3128";

/// Whether a server is reached directly, with this NO_PROXY.
bool direct(const std::string& no_proxy, const std::string& host, const std::string& port = "443") {
  const NoEnvironment none;
  const Environment https("HTTPS_PROXY", k_proxy);
  const Environment no("NO_PROXY", no_proxy.c_str());
  return proxy_for("", host, port).empty();
}

struct NoProxyRow {
  std::string no_proxy, host, port;
};

}  // namespace

TEST_CASE("NO_PROXY excludes what Go's httpproxy excludes") {
  const NoProxyRow row = GENERATE(
      NoProxyRow{"*", "a.example", "443"}, NoProxyRow{"x,*", "10.1.2.3", "443"},
      NoProxyRow{"a.example", "a.example", "443"}, NoProxyRow{"example", "a.example", "443"},
      NoProxyRow{".example", "a.example", "443"}, NoProxyRow{"*.example", "a.b.example", "443"},
      NoProxyRow{"A.Example", "a.eXAMPLE", "443"},
      NoProxyRow{" x ,\ta.example ", "a.example", "443"},
      NoProxyRow{"a.example:6443", "a.example", "6443"}, NoProxyRow{"10.1.2.3", "10.1.2.3", "443"},
      NoProxyRow{"10.1.2.3:6443", "10.1.2.3", "6443"}, NoProxyRow{"10.0.0.0/8", "10.1.2.3", "443"},
      NoProxyRow{"10.1.2.3/32", "10.1.2.3", "443"}, NoProxyRow{"0.0.0.0/0", "10.1.2.3", "443"},
      NoProxyRow{"2001:db8::/32", "2001:db8::1", "443"},
      NoProxyRow{"2001:DB8::1", "2001:db8:0::1", "443"},
      NoProxyRow{"[2001:db8::1]:6443", "2001:db8::1", "6443"}, NoProxyRow{"", "localhost", "443"},
      NoProxyRow{"", "127.0.0.1", "443"}, NoProxyRow{"", "127.9.9.9", "443"},
      NoProxyRow{"", "::1", "443"});
  INFO(row.no_proxy << " and " << row.host);
  CHECK(direct(row.no_proxy, row.host, row.port));
}

TEST_CASE("NO_PROXY excludes nothing else") {
  const NoProxyRow row = GENERATE(
      NoProxyRow{"", "a.example", "443"}, NoProxyRow{"example", "anexample", "443"},
      NoProxyRow{".example", "example", "443"}, NoProxyRow{"*.example", "example", "443"},
      NoProxyRow{"a.example", "b.example", "443"}, NoProxyRow{"a.example", "example", "443"},
      NoProxyRow{"a.example:443", "a.example", "6443"}, NoProxyRow{"10.1.2.3", "10.1.2.4", "443"},
      NoProxyRow{"10.1.2.3:443", "10.1.2.3", "6443"}, NoProxyRow{"10.0.0.0/8", "11.0.0.1", "443"},
      NoProxyRow{"10.0.0.0/", "10.1.2.3", "443"}, NoProxyRow{"10.0.0.0/x", "10.1.2.3", "443"},
      NoProxyRow{"10.0.0.0/-1", "10.1.2.3", "443"}, NoProxyRow{"10.0.0.0/33", "10.0.0.0", "443"},
      NoProxyRow{"::/0", "10.1.2.3", "443"}, NoProxyRow{"0.0.0.0/0", "2001:db8::1", "443"},
      NoProxyRow{"1.2.3", "10.1.2.3", "443"}, NoProxyRow{"3", "10.1.2.3", "443"},
      NoProxyRow{".", "a.example", "443"}, NoProxyRow{":443", "a.example", "443"},
      NoProxyRow{"a.*", "a.example", "443"}, NoProxyRow{",,", "a", "443"});
  INFO(row.no_proxy << " and " << row.host);
  CHECK_FALSE(direct(row.no_proxy, row.host, row.port));
}

TEST_CASE("the cluster's own proxy comes first, and NO_PROXY is not asked about it") {
  const NoEnvironment none;
  const Environment https("HTTPS_PROXY", "http://other:1");
  const Environment no("NO_PROXY", "*");
  CHECK(proxy_for(k_proxy, "a.example", "443") == k_proxy);
}

TEST_CASE("upper case comes first, what is empty does not count, and HTTP_PROXY is for HTTP") {
  const NoEnvironment none;
  const Environment http("HTTP_PROXY", "http://wrong:1");
  CHECK(proxy_for("", "a.example", "443").empty());
  const Environment lower("https_proxy", "lower:1");
  CHECK(proxy_for("", "a.example", "443") == "http://lower:1");
  const Environment upper("HTTPS_PROXY", GENERATE("", "HTTP://upper:2"));
  const std::string proxy = proxy_for("", "a.example", "443");
  CHECK((proxy == "http://lower:1" || proxy == "http://upper:2"));
  const Environment no("no_proxy", "a.example");
  CHECK(proxy_for("", "a.example", "443").empty());
}

TEST_CASE("a proxy that cannot be used is a clear error that shows no password") {
  struct Wrong {
    std::string url, said;
  };
  const Wrong row = GENERATE(Wrong{"https://jane:hunter2@proxy:3128", "proxy-url is https://"},
                             Wrong{"socks5://hunter2@proxy:1080", "proxy-url is socks5://"},
                             Wrong{"ftp://proxy", "proxy-url is ftp://"},
                             Wrong{"http://", "proxy-url names no host"},
                             Wrong{"http:///x", "proxy-url names no host"},
                             Wrong{"http://jane:hunter2@", "proxy-url names no host"},
                             Wrong{"http://:3128", "proxy-url names no host"});
  const NoEnvironment none;
  const mesh::Problem problem = problem_of([&] { proxy_for(row.url, "a", "443"); });
  CHECK(problem.code == "invalid-kubeconfig");
  CHECK(problem.message.starts_with(row.said));
  CHECK((problem.message + problem.hint).find("hunter2") == std::string::npos);
  const Environment https("HTTPS_PROXY", "socks5h://p:1");
  CHECK(
      problem_of([] { proxy_for("", "a", "443"); }).message.starts_with("HTTPS_PROXY is socks5h"));
}
