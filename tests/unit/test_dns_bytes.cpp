#include "corefile.hpp"
#include "marked_block.hpp"
#include "message.hpp"
#include "mutations.hpp"
#include "stub_domains.hpp"

namespace mesh::dns {

using mesh::test::survives;

TEST_CASE("bytes: a Corefile", "[mutations]") {
  survives({".:53 {\n    errors\n    kubernetes cluster.local in-addr.arpa {\n      pods "
            "insecure\n    }\n    forward . /etc/resolv.conf\n}\n",
            "(snip) {\n  log\n}\nimport custom/*.server\nglobal:53 dns://a.b {\n import snip\n "
            "forward . \"10.0.0.1\" {$ENV}\n} # end\n",
            "# BEGIN kubectl-mesh\nglobal:53 {\n}\n# END kubectl-mesh\n"},
           [](const std::string& bytes) {
             const Corefile file = parse_corefile(bytes);
             find_zone(file, "global");
             find_below(file, "local");
             find_variables(file);
             root_port(file);
             cluster_domain(file);
           });
}

TEST_CASE("bytes: our block in a text of another", "[mutations]") {
  survives({"a\n# BEGIN kubectl-mesh\nx\n# END kubectl-mesh\nb\n", "# END kubectl-mesh\n", ""},
           [](const std::string& bytes) {
             find_marked(bytes);
             without_marked(bytes);
             parse_corefile(bytes);  // only what can be read is edited
             if (!find_marked(with_marked(bytes, "x\n")))
               FAIL("it is not found again in " << mesh::test::shown_bytes(bytes));
           });
}

TEST_CASE("bytes: an answer of a name server", "[mutations]") {
  std::string reply = query("app1.default.global", Record::a, 7);
  reply[2] = static_cast<char>(0x81);
  reply[3] = static_cast<char>(0x80);
  survives({reply, reply + reply, query("", Record::aaaa, 0)},
           [](const std::string& bytes) { read_reply(bytes); });
}

TEST_CASE("bytes: kube-dns's stubDomains", "[mutations]") {
  survives({R"({"global":["10.0.0.1"],"corp":["1.2.3.4:53","::1"]})", "{}", ""},
           [](const std::string& bytes) {
             stub_of(bytes, "global");
             without_stub(bytes, "global");
             with_stub(bytes, "global", "10.0.0.2");
           });
}

}  // namespace mesh::dns
