#include "kube/gunzip.hpp"

#include <new>
#include <stdexcept>

#define ZLIB_CONST
#include <zlib.h>

namespace mesh {

struct Gunzip::State {
  State() {
    constexpr int k_gzip_only = 16;
    if (inflateInit2(&stream, MAX_WBITS + k_gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~State() { inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  z_stream stream{};
};

Gunzip::Gunzip() : m_state(std::make_unique<State>()) {}
Gunzip::~Gunzip() = default;
Gunzip& Gunzip::operator=(Gunzip&& other) noexcept = default;

Gunzip::Step Gunzip::step(std::span<const std::uint8_t> packed, std::span<std::uint8_t> room) {
  z_stream& stream = m_state->stream;
  stream.next_in = packed.data();
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = room.data();
  stream.avail_out = static_cast<uInt>(room.size());
  const int result = inflate(&stream, Z_NO_FLUSH);
  // Z_BUF_ERROR: there was nothing to do.
  if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) {
    throw std::runtime_error("not gzip");
  }
  return {.taken = packed.size() - stream.avail_in,
          .made = room.size() - stream.avail_out,
          .ended = result == Z_STREAM_END};
}

}  // namespace mesh
