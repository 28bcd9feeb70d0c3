#include "mesh/base64.hpp"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr std::string_view k_base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64_encode(std::string_view bytes) {
  namespace it = boost::archive::iterators;
  using Encoded =
      it::base64_from_binary<it::transform_width<std::string_view::const_iterator, 6, 8>>;
  std::string text(Encoded(bytes.begin()), Encoded(bytes.end()));
  text.append((3 - bytes.size() % 3) % 3, '=');
  return text;
}

std::string base64_decode(std::string_view text) {
  namespace it = boost::archive::iterators;
  std::string digits;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    const bool digit = k_base64.find(c) != std::string_view::npos;
    if ((!digit && c != '=') || (digit && padding > 0)) {
      throw Failure("invalid-input", "is not base64");
    }
    digits.push_back(c == '=' ? 'A' : c);  // the iterators know no padding: it is cut off below
    padding += c == '=' ? 1 : 0;
  }
  if (digits.size() % 4 != 0 || padding > 2) throw Failure("invalid-input", "is not base64");
  using Decoded = it::transform_width<it::binary_from_base64<std::string::const_iterator>, 8, 6>;
  std::string bytes(Decoded(digits.cbegin()), Decoded(digits.cend()));
  bytes.erase(bytes.size() - padding);
  return bytes;
}

}  // namespace mesh
