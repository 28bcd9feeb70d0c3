#include "cluster/proxy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/text.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

using Address = std::array<unsigned char, 16>;

/// IPv4 as mapped IPv6, so that one comparison serves both.
std::optional<Address> parse_address(const std::string& text) {
  Address address{};
  if (::inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  Address mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (::inet_pton(AF_INET, text.c_str(), mapped.data() + 12) == 1) return mapped;
  return std::nullopt;
}

/// What stands behind the slash of a network, if it is a number of bits that the family has.
std::optional<int> bits_of(const std::string& text, bool v4) {
  int bits = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bits);
  const bool valid =
      !text.empty() && error == std::errc() && stop == end && bits >= 0 && bits <= (v4 ? 32 : 128);
  return valid ? std::optional(v4 ? bits + 96 : bits) : std::nullopt;
}

bool is_v4(const Address& address) {
  constexpr std::array<unsigned char, 12> k_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(k_mapped.begin(), k_mapped.end(), address.begin());
}

bool in_network(const Address& address, const std::string& cidr) {
  const std::size_t slash = cidr.find('/');
  if (slash == std::string::npos) return false;
  const auto network = parse_address(cidr.substr(0, slash));
  if (!network || is_v4(*network) != is_v4(address)) return false;
  const auto bits = bits_of(cidr.substr(slash + 1), is_v4(*network));
  if (!bits) return false;
  for (int bit = 0; bit < *bits; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    if ((address[at] & mask) != ((*network)[at] & mask)) return false;
  }
  return true;
}

bool is_loopback(const std::string& host, const std::optional<Address>& address) {
  if (host == "localhost") return true;
  if (!address) return false;
  const Address one{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return *address == one || in_network(*address, "127.0.0.0/8");
}

std::string trimmed_lower(std::string text) {
  constexpr const char* k_blank = " \t\r\n";
  text.erase(0, text.find_first_not_of(k_blank));
  text.erase(text.find_last_not_of(k_blank) + 1);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// One entry of NO_PROXY: name, address or network, the first two with or without a port.
bool entry_excludes(const std::string& entry, const std::string& host, const std::string& port,
                    const std::optional<Address>& address) {
  if (entry == "*") return true;
  if (address && in_network(*address, entry)) return true;
  const std::size_t colon = entry.rfind(':');
  const bool has_port = colon != std::string::npos && !parse_address(entry);
  if (has_port && entry.substr(colon + 1) != port) return false;
  std::string name = has_port ? entry.substr(0, colon) : entry;
  if (has_port && name.starts_with('[') && name.ends_with(']')) {
    name = name.substr(1, name.size() - 2);
  }
  if (address) return parse_address(name) == address;
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.empty()) return false;
  // ".example.com" means names below it, "example.com" the name too.
  return host.ends_with(name.starts_with('.') ? name : "." + name) || host == name;
}

bool excluded(const std::string& list, const std::string& host, const std::string& port) {
  const std::optional<Address> address = parse_address(host);
  if (is_loopback(host, address)) return true;
  const std::vector<std::string> entries = split(list, ',');
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    return entry_excludes(trimmed_lower(entry), host, port, address);
  });
}

std::string variable(const char* upper, const char* lower) {
  const char* value = std::getenv(upper);
  if (value == nullptr || *value == '\0') value = std::getenv(lower);
  return value == nullptr ? "" : value;
}

std::string usable(const std::string& url, const std::string& source) {
  const auto refuse = [&](const std::string& what) {
    throw Failure("invalid-kubeconfig", source + " " + what,
                  "use an http:// proxy (it forwards TLS untouched)");
  };
  // The URL may hold a password: it is never shown.
  const std::size_t end = url.find("://");
  const std::string scheme = end == std::string::npos ? "http" : trimmed_lower(url.substr(0, end));
  const std::string rest = end == std::string::npos ? url : url.substr(end + 3);
  if (scheme != "http") refuse("is " + scheme + "://, which is not supported");
  const std::string authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.ends_with('@') || authority.starts_with(':')) {
    refuse("names no host");
  }
  return "http://" + rest;
}

}  // namespace

std::string proxy_for(const std::string& proxy_url, const std::string& host,
                      const std::string& port) {
  if (!proxy_url.empty()) return usable(proxy_url, "proxy-url");
  const std::string from_environment = variable("HTTPS_PROXY", "https_proxy");
  if (from_environment.empty()) return "";
  const std::string name = trimmed_lower(host);
  if (excluded(variable("NO_PROXY", "no_proxy"), name, port)) return "";
  return usable(from_environment, "HTTPS_PROXY");
}

}  // namespace mesh
