#include "ranges.hpp"

#include <array>
#include <charconv>

#include "mesh/problem.hpp"

namespace mesh::serviceentry {

namespace {

// Class E is routed nowhere, is neither loopback nor multicast, and Istio captures it.
// 240.240.0.0/16 is where istiod itself allocates, for entries without addresses.
const std::array<Range, 4> k_unusable{{{0xF0F00000, 0xF0F0FFFF, "240.240.0.0/16 (istiod's own)"},
                                       {0x7F000000, 0x7FFFFFFF, "127.0.0.0/8 (loopback)"},
                                       {0xE0000000, 0xEFFFFFFF, "224.0.0.0/4 (multicast)"},
                                       {0xFFFFFFFF, 0xFFFFFFFF, "255.255.255.255 (broadcast)"}}};

std::optional<unsigned> number_in(const std::string& text, unsigned most) {
  unsigned value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end != last || value > most) return std::nullopt;
  return value;
}

/// FNV-1a: the same on every machine and in every version.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash ^ (hash >> 32U);
}

}  // namespace

std::optional<Address> parse_address(const std::string& text) {
  Address address = 0;
  std::size_t from = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t to = part == 3 ? text.size() : text.find('.', from);
    if (to == std::string::npos || to <= from) return std::nullopt;
    const std::optional<unsigned> byte = number_in(text.substr(from, to - from), 255);
    if (!byte) return std::nullopt;
    address = (address << 8U) | *byte;
    from = to + 1;
  }
  return address;
}

std::string address_text(Address address) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += std::to_string((address >> static_cast<unsigned>(shift)) & 0xFFU);
    if (shift > 0) text += '.';
  }
  return text;
}

std::optional<Range> parse_range(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::optional<Address> address = parse_address(text.substr(0, slash));
  const std::optional<unsigned> bits = number_in(text.substr(slash + 1), 32);
  if (!address || !bits) return std::nullopt;
  const Address mask = *bits == 0 ? 0 : ~Address{0} << (32U - *bits);
  return Range{*address & mask, *address | ~mask, text};
}

Range pool_range(const std::string& text) {
  const std::optional<Range> pool = parse_range(text);
  if (!pool || pool->last - pool->first < 15)
    throw Failure("invalid-input",
                  "the pool of virtual addresses \"" + text + "\" is no IPv4 range of 16 or more",
                  "write it as 240.0.0.0/16");
  for (const Range& range : k_unusable) {
    if (pool->overlaps(range))
      throw Failure("invalid-input",
                    "the pool of virtual addresses " + text + " overlaps " + range.what,
                    "take another part of 240.0.0.0/4");
  }
  return *pool;
}

bool AddressPool::usable(Address address) const {
  // Old stacks think of .0 and .255 as networks and broadcasts.
  const Address byte = address & 0xFFU;
  return byte != 0 && byte != 255 && m_pool.holds(address) && !m_taken.contains(address);
}

bool AddressPool::keep(Address address) {
  return usable(address) && m_taken.insert(address).second;
}

Address AddressPool::take(const std::string& host) {
  const std::uint64_t size = std::uint64_t{m_pool.last} - m_pool.first + 1;
  const std::uint64_t begin = hash_of(host) % size;
  for (std::uint64_t tried = 0; tried < size; ++tried) {
    const auto address = static_cast<Address>(m_pool.first + (begin + tried) % size);
    if (keep(address)) return address;
  }
  throw Failure("refused", "no virtual address of " + m_pool.what + " is free for " + host,
                "take a larger pool: --set pool=240.0.0.0/12");
}

}  // namespace mesh::serviceentry
