#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "mutations.hpp"

#include "plugin/catalogue.hpp"
#include "plugin/elf.hpp"
#include "plugin/frames.hpp"
#include "plugin/third_party_text.hpp"

using mesh::Json;
using mesh::test::survives;

namespace {

std::string own_program() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::string head(std::size_t{16} << 10U, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head;
}

/// What the other end sees of it.
std::string sent(const mesh::Frame& frame) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) FAIL("no socket");
  mesh::FramePeer(ends[0], [](int, short) {}).send(frame);
  std::string bytes(4096, '\0');
  bytes.resize(
      static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[1], bytes.data(), bytes.size()))));
  ::close(ends[1]);
  return bytes;
}

}  // namespace

TEST_CASE("bytes: a library that is no library", "[mutations]") {
  survives({own_program(), own_program().substr(0, 64),
            "\x7f"
            "ELF",
            "#!/bin/sh\n"},
           [](const std::string& bytes) {
             mesh::no_shared_library(bytes.substr(0, mesh::k_elf_head), bytes.size());
             mesh::exported_symbols(bytes);
           });
}

TEST_CASE("bytes: frames of a helper", "[mutations]") {
  mesh::Frame frame;
  frame.kind = mesh::Frame::Kind::reply;
  frame.body = R"({"kind":"Report","items":[]})";
  mesh::Frame call = frame;
  call.kind = mesh::Frame::Kind::call;
  call.address = "kube/1";
  call.verb = "read";
  survives({sent(frame), sent(call), sent(frame) + sent(call)}, [](const std::string& bytes) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) FAIL("no socket");
    const std::string some = bytes.substr(0, 32'000);  // fits into the socket
    if (::write(ends[1], some.data(), some.size()) < 0) FAIL("not written");
    ::close(ends[1]);
    mesh::FramePeer peer(ends[0], [](int descriptor, short events) {
      pollfd wait{.fd = descriptor, .events = events, .revents = 0};
      ::poll(&wait, 1, 1000);
    });
    while (peer.receive()) {
    }
  });
}

TEST_CASE("bytes: a manifest", "[mutations]") {
  survives(
      {R"({"apiVersion":"kubectl-mesh.dev/v1","kind":"Manifest","name":"lamp","version":"1.0.0","summary":"s","provides":[{"point":"command/1","name":"lamp","verbs":[{"name":"light","summary":"s","options":[{"name":"n","type":"text","summary":"s"}]}]}],"needs":{"reads":[{"apiVersion":"v1","kind":"Pod"}]}})"},
      [](const std::string& bytes) { mesh::manifest_from_json(mesh::json_or_null(bytes)); });
}

TEST_CASE("bytes: what a third party says holds no key", "[mutations]") {
  mesh::PluginEntry entry;
  entry.manifest.name = "corp";
  entry.origin = mesh::Origin::user;
  const std::string key =
      "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE "
      "KEY-----\n";
  survives(
      {key, "token=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "password: hunter2", "plain words"},
      [&](const std::string& bytes) {
        mesh::said_by(entry, bytes);
        Json reply{{"kind", "Report"}, {"notes", {{{"text", bytes}}}}};
        mesh::mask_said(entry, "check/1:corp", reply);
      });
  CHECK(mesh::said_by(entry, key).find("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj") ==
        std::string::npos);
}
