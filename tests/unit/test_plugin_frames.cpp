#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/plugin_support.hpp"

#include "plugin/frames.hpp"

namespace mesh {

using test::problem_of;

namespace {

/// A peer on one end, bare bytes on the other.
class Line {
 public:
  Line() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    peer = std::make_unique<FramePeer>(ends[0], wait);
    other = std::make_unique<FramePeer>(ends[1], wait);
  }

  void put(const std::string& bytes) const {
    REQUIRE(::send(other->descriptor(), bytes.data(), bytes.size(), 0) ==
            static_cast<ssize_t>(bytes.size()));
  }

  std::unique_ptr<FramePeer> peer;
  std::unique_ptr<FramePeer> other;

 private:
  static void wait(int descriptor, short events) {
    pollfd ready{descriptor, events, 0};
    ::poll(&ready, 1, 1000);
  }
};

std::string lengths(std::uint32_t head, std::uint32_t body) {
  std::string bytes;
  for (const std::uint32_t length : {head, body}) {
    for (int at = 0; at < 4; ++at) bytes.push_back(static_cast<char>((length >> (8 * at)) & 0xffU));
  }
  return bytes;
}

std::string framed(const std::string& head) {
  return lengths(static_cast<std::uint32_t>(head.size()), 0) + head;
}

}  // namespace

TEST_CASE("a frame arrives as it was sent, its body byte for byte") {
  const Line line;
  const Frame sent{.kind = Frame::Kind::call,
                   .id = 7,
                   .code = MESH_FAILED,
                   .address = "kube.read/1",
                   .verb = "read",
                   .deadline = 1'700'000'000'000,
                   .body = std::string("{\"a\": \0\xff}", 9)};
  REQUIRE(line.other->send(sent));
  const std::optional<Frame> got = line.peer->receive();
  REQUIRE(got);
  CHECK(got->kind == Frame::Kind::call);
  CHECK(got->id == 7);
  CHECK(got->code == MESH_FAILED);
  CHECK(got->address == "kube.read/1");
  CHECK(got->verb == "read");
  CHECK(got->deadline == 1'700'000'000'000);
  CHECK(got->body == sent.body);
}

TEST_CASE("a frame that the other end breaks off is its end") {
  Line line;
  line.put(lengths(20, 0) + "{\"kind\"");
  line.other.reset();
  CHECK_FALSE(line.peer->receive());
  CHECK_FALSE(line.peer->send({.kind = Frame::Kind::stop, .address = {}, .verb = {}, .body = {}}));
}

TEST_CASE("what is no frame is refused before it costs memory") {
  const Line line;
  SECTION("a body beyond 64 MiB") {
    line.put(lengths(2, 8'388'609) + "{}");
  }
  SECTION("a head beyond 16 KiB") {
    line.put(lengths(0xffffffff, 0));
  }
  SECTION("no JSON") {
    line.put(framed("hello"));
  }
  SECTION("deep JSON") {
    line.put(framed(std::string(5000, '[')));
  }
  SECTION("another shape") {
    line.put(framed(R"({"kind":"call","id":"one"})"));
  }
  SECTION("an unknown kind") {
    line.put(
        framed(R"({"kind":"format-disk","id":1,"code":0,"address":"","verb":"","deadline":0})"));
  }
  CHECK(problem_of([&] { line.peer->receive(); }).code == "invalid-document");
}

}  // namespace mesh
