#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace mesh {

/// Unpacks gzip (RFC 1952) as it comes in. For one thread at a time.
class Gunzip {
 public:
  struct Step {
    std::size_t taken = 0;  ///< bytes of `packed`
    std::size_t made = 0;   ///< bytes in `room`
    bool ended = false;     ///< the end was seen and its checksum is right
  };

  Gunzip();
  ~Gunzip();
  Gunzip& operator=(Gunzip&& other) noexcept;

  /// What found no room stays inside, even if all of `packed` was taken: nothing more is to come of
  /// it when nothing was made. @throws std::runtime_error if this is no gzip.
  Step step(std::span<const std::uint8_t> packed, std::span<std::uint8_t> room);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace mesh
