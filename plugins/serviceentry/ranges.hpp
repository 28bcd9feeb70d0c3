#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mesh::serviceentry {

/// IPv4 only: virtual addresses are of no other kind.
using Address = std::uint32_t;

struct Range {
  Address first = 0, last = 0;
  std::string what{};  ///< "240.0.0.0/16", "the pods of node n1 (10.0.0.0/24)"

  bool overlaps(const Range& other) const { return first <= other.last && other.first <= last; }
  bool holds(Address address) const { return first <= address && address <= last; }
};

std::optional<Address> parse_address(const std::string& text);
std::string address_text(Address address);
/// "10.0.0.0/8"; nothing of IPv6 or of another shape.
std::optional<Range> parse_range(const std::string& text);
/// Where virtual addresses come from. Throws Failure("invalid-input") if it cannot be used.
Range pool_range(const std::string& text);

/// The virtual addresses of one cluster. An address follows from the host alone, so that it is the
/// same in every cluster and after every run, unless it is taken: then the next free one.
class AddressPool {
 public:
  AddressPool(Range pool, std::set<Address> taken)
      : m_pool(std::move(pool)), m_taken(std::move(taken)) {}
  /// False if it is not of the pool or somebody has it.
  bool keep(Address address);
  /// Throws Failure("refused") if none is free.
  Address take(const std::string& host);

 private:
  bool usable(Address address) const;
  Range m_pool;
  std::set<Address> m_taken;
};

}  // namespace mesh::serviceentry
