#include "cluster/proxy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
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

bool in_network(const Address& address, const std::string& cidr) {
  const std::size_t slash = cidr.find('/');
  const auto network = parse_address(cidr.substr(0, slash));
  if (slash == std::string::npos || !network) return false;
  const bool v4 = cidr.find(':') == std::string::npos;
  const int bits = std::atoi(cidr.c_str() + slash + 1) + (v4 ? 96 : 0);
  for (int bit = 0; bit < std::min(bits, 128); ++bit) {
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
  std::erase(text, ' ');
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool excluded(const std::string& list, const std::string& host, const std::string& port) {
  const std::optional<Address> address = parse_address(host);
  if (is_loopback(host, address)) return true;
  for (std::string entry : split(list, ',')) {
    entry = trimmed_lower(entry);
    if (entry.empty()) continue;
    if (entry == "*") return true;
    if (address && in_network(*address, entry)) return true;
    const std::size_t colon = entry.rfind(':');
    const bool has_port = colon != std::string::npos && !parse_address(entry);
    if (has_port && entry.substr(colon + 1) != port) continue;
    std::string name = has_port ? entry.substr(0, colon) : entry;
    if (address) {
      if (parse_address(name) == address) return true;
      continue;
    }
    if (name.starts_with("*.")) name.erase(0, 1);
    // ".example.com" means names below it, "example.com" the name too.
    if (host.ends_with(name.starts_with('.') ? name : "." + name) || host == name) return true;
  }
  return false;
}

std::string variable(const char* upper, const char* lower) {
  const char* value = std::getenv(upper);
  if (value == nullptr || *value == '\0') value = std::getenv(lower);
  return value == nullptr ? "" : value;
}

std::string usable(std::string url, const std::string& source) {
  if (url.find("://") == std::string::npos) url = "http://" + url;
  if (!url.starts_with("http://")) {
    throw Failure("invalid-kubeconfig",
                  source + " " + url.substr(0, url.find("://")) + "://... is not supported",
                  "use an http:// proxy (it forwards TLS untouched)");
  }
  return url;
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
