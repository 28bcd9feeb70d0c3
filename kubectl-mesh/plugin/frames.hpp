#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mesh/plugin.h"

namespace mesh {

/// What host and helper say to each other. Both ends ask and both answer: while one waits for its
/// reply it serves what the other asks.
struct Frame {
  enum class Kind {
    hello,   ///< helper, first: `code`, body = the library's manifest or a Problem
    start,   ///< host: start the plugin
    invoke,  ///< host: `address`, `verb`, body = request
    call,    ///< helper: a plugin asks a service or an extension, likewise
    reply,   ///< either: `code` and body, for the request with this `id`
    cancel,  ///< host: the work is not wanted any more
    stop,    ///< host: the run is over
  } kind = Kind::hello;
  std::uint64_t id = 0;
  std::int32_t code = MESH_OK;
  std::string address;
  std::string verb;
  std::uint64_t deadline = 0;  ///< milliseconds since 1970; 0: none
  std::string body;            ///< a document's bytes, not looked at on the way
};

/// One end of the socket. On the wire a frame is two lengths (4 bytes each, little-endian), a JSON
/// object with everything but the body, and the body.
class FramePeer {
 public:
  /// Returns when the descriptor is ready for `events` of poll(); throws to break off.
  using Wait = std::function<void(int descriptor, short events)>;

  /// Takes over a non-blocking or blocking stream socket.
  FramePeer(int descriptor, Wait wait) : m_descriptor(descriptor), m_wait(std::move(wait)) {}
  FramePeer(const FramePeer&) = delete;
  FramePeer& operator=(const FramePeer&) = delete;
  ~FramePeer();

  int descriptor() const { return m_descriptor; }
  /// false: the other end is gone.
  bool send(const Frame& frame);
  /// nullopt: the other end is gone. Throws Failure("invalid-document") on what is no frame.
  std::optional<Frame> receive();

 private:
  bool send_all(std::string_view bytes);
  bool read_exactly(char* bytes, std::size_t count);

  int m_descriptor;
  Wait m_wait;
};

}  // namespace mesh
