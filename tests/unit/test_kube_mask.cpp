#include <catch2/catch.hpp>

#include "kube/mask.hpp"

using mesh::masked_text;

TEST_CASE("masks what looks like a secret in a log, and keeps the rest") {
  struct Row {
    std::string line, masked;
  };
  const std::string jwt =
      "eyJhbGciOiJSUzI1NiIsImtpZCI6Ing4In0.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLXdpdGgtbGVuZ3Ro";
  const std::string random = "Zm9vYmFyMTIzNDU2Nzg5MEFCQ0RFRkdISUpLTE1OT1BRUlM=";
  const Row row = GENERATE_COPY(
      Row{"error: too many open files", "error: too many open files"},
      Row{"password=hunter2 user=app", "password=<masked> user=app"},
      Row{R"({"level":"fatal","db_password":"hun ter","port":5432})",
          R"({"level":"fatal","db_password":"<masked>","port":5432})"},
      Row{"clientSecret: abc, next: 1", "clientSecret: <masked>, next: 1"},
      Row{"X-Api-Key: 'k 1'", "X-Api-Key: '<masked>'"},
      Row{"Authorization: Bearer abc", "Authorization: <masked>"},
      Row{"sent Bearer " + jwt + " to it", "sent Bearer <masked> to it"},
      Row{"got " + jwt, "got <masked>"}, Row{"key " + random + " refused", "key <masked> refused"},
      Row{"dial postgres://app:pw@db:5432/x", "dial postgres://app:<masked>@db:5432/x"},
      Row{"http://db:5432/a@b", "http://db:5432/a@b"},
      Row{R"(secret "cacerts" not found)", R"(secret "cacerts" not found)"},
      Row{"no secret: it is gone", "no secret: <masked> is gone"},
      Row{"Basic authentication failed", "Basic authentication failed"},
      Row{"image x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
          "image x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
      Row{"open /var/run/secrets/kubernetes.io/serviceaccount/namespace-of-the-pod: no such file",
          "open /var/run/secrets/kubernetes.io/serviceaccount/namespace-of-the-pod: no such file"},
      Row{"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\nafter",
          "<masked>\n<masked>\nafter"},
      Row{"-----BEGIN PRIVATE KEY-----\nMIIEow", "<masked>\n"}, Row{"a\n\nb\n", "a\n\nb\n"},
      Row{"token=", "token="}, Row{"", ""});
  CHECK(masked_text(row.line) == row.masked);
}

TEST_CASE("masks a very long line without recursion") {
  const std::string line(1 << 20, 'a');
  CHECK(masked_text(line) == line);
}
