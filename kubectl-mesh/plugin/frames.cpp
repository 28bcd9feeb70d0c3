#include "plugin/frames.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_length_bytes = 4;
constexpr std::uint32_t k_head_max = 16 * 1024;
constexpr int k_head_depth = 2;

using Kind = Frame::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 7> k_kinds{{{"hello", Kind::hello},
                                                                    {"start", Kind::start},
                                                                    {"invoke", Kind::invoke},
                                                                    {"call", Kind::call},
                                                                    {"reply", Kind::reply},
                                                                    {"cancel", Kind::cancel},
                                                                    {"stop", Kind::stop}}};

std::string_view word_of(Kind kind) {
  for (const auto& [word, value] : k_kinds) {
    if (value == kind) return word;
  }
  return {};
}

Kind kind_of(const std::string& text) {
  for (const auto& [word, value] : k_kinds) {
    if (word == text) return value;
  }
  throw Failure("invalid-document", "there is no frame \"" + text + "\"");
}

void put_length(std::string& bytes, std::size_t length) {
  for (std::size_t at = 0; at < k_length_bytes; ++at) {
    bytes.push_back(static_cast<char>((length >> (8 * at)) & 0xffU));
  }
}

std::uint32_t length_at(const char* bytes) {
  std::uint32_t length = 0;
  for (std::size_t at = 0; at < k_length_bytes; ++at) {
    length |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) << (8 * at);
  }
  return length;
}

std::string head_of(const Frame& frame) {
  return to_text({{"kind", word_of(frame.kind)},
                  {"id", frame.id},
                  {"code", frame.code},
                  {"address", frame.address},
                  {"verb", frame.verb},
                  {"deadline", frame.deadline}});
}

Frame read_head(const std::string& text) try {
  const Json head = parse_json(text, "a frame", k_head_depth);
  Frame frame;
  frame.kind = kind_of(head.at("kind").get<std::string>());
  frame.id = head.at("id").get<std::uint64_t>();
  frame.code = head.at("code").get<std::int32_t>();
  frame.address = head.at("address").get<std::string>();
  frame.verb = head.at("verb").get<std::string>();
  frame.deadline = head.at("deadline").get<std::uint64_t>();
  return frame;
} catch (const Json::exception& error) {
  throw Failure("invalid-document", std::string("a frame has another shape: ") + error.what());
}

}  // namespace

FramePeer::~FramePeer() {
  ::close(m_descriptor);
}

bool FramePeer::send(const Frame& frame) {
  const std::string head = head_of(frame);
  std::string front;
  put_length(front, head.size());
  put_length(front, frame.body.size());
  front += head;
  // Apart: a body may be long, and would be in memory twice.
  return send_all(front) && send_all(frame.body);
}

bool FramePeer::send_all(std::string_view bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    m_wait(m_descriptor, POLLOUT);
    const ssize_t count =
        ::send(m_descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool FramePeer::read_exactly(char* bytes, std::size_t count) {
  for (std::size_t have = 0; have < count;) {
    m_wait(m_descriptor, POLLIN);
    const ssize_t got = ::recv(m_descriptor, bytes + have, count - have, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return false;
    if (got > 0) have += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<Frame> FramePeer::receive() {
  std::array<char, 2 * k_length_bytes> lengths{};
  if (!read_exactly(lengths.data(), lengths.size())) return std::nullopt;
  const std::uint32_t head_length = length_at(lengths.data());
  const std::uint32_t body_length = length_at(lengths.data() + k_length_bytes);
  if (head_length > k_head_max || body_length > MESH_DOCUMENT_MAX) {
    throw Failure("invalid-document",
                  "a frame is larger than " + std::to_string(MESH_DOCUMENT_MAX >> 20U) + " MiB");
  }
  std::string head(head_length, '\0');
  if (!read_exactly(head.data(), head.size())) return std::nullopt;
  Frame frame = read_head(head);
  frame.body.resize(body_length);
  if (!read_exactly(frame.body.data(), frame.body.size())) return std::nullopt;
  return frame;
}

}  // namespace mesh
