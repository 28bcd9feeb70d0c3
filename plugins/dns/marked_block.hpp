#pragma once

#include <optional>
#include <string>
#include <string_view>

// The part of a Corefile that is ours, between two comments. Everything outside of it stays as it
// is, byte for byte.

namespace mesh::dns {

inline constexpr const char* k_block_begin = "# BEGIN kubectl-mesh";
inline constexpr const char* k_block_end = "# END kubectl-mesh";

struct MarkedBlock {
  std::size_t begin = 0, end = 0;  ///< offsets, with the line end before it and its own last one
  std::string body;                ///< the lines between the marks
};

/// Throws Failure("refused") if one mark is there without the other, or twice.
std::optional<MarkedBlock> find_marked(std::string_view text);
/// The text with `body` as its marked block: a new one at the end, or in place of the old one.
std::string with_marked(std::string_view text, std::string_view body);
/// The text as it was before there was a block.
std::string without_marked(std::string_view text);

}  // namespace mesh::dns
