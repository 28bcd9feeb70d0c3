#include "zone.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "look_up.hpp"
#include "suffix.hpp"

namespace mesh::dns {

namespace {

constexpr int k_ttl = 30;

/// FNV-1a: which zone it is, not a secret.
std::uint64_t digest(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  return value;
}

std::string hex(std::uint64_t value) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text.push_back(k_digits[(value >> shift) & 0xfU]);
  return text;
}

std::string records(const std::vector<DnsName>& names) {
  std::string text;
  for (const DnsName& name : names) {
    for (const std::string& address : name.addresses) {
      text += name.host + ". " + std::to_string(k_ttl) + " IN " +
              (is_ipv4(address) ? "A " : "AAAA ") + address + "\n";
    }
  }
  return text;
}

std::uint64_t version(const std::string& suffix, const std::vector<DnsName>& names) {
  return digest(suffix + "\n" + records(names));
}

std::vector<std::string> entry_addresses(const Json& entry) {
  std::vector<std::string> addresses;
  for (const Json& address : list_at(entry, "/spec/addresses")) {
    if (address.is_string()) addresses.push_back(address.get<std::string>());
  }
  if (!addresses.empty()) return addresses;
  for (const Json& given : list_at(entry, "/status/addresses"))  // by istiod
    addresses.push_back(text_at(given, "/value"));
  return addresses;
}

}  // namespace

std::vector<DnsName> names_of(const Json& service_entries, const std::string& suffix) {
  std::map<std::string, std::set<std::string>> found;
  for (const Json& entry : service_entries) {
    for (const Json& host : list_at(entry, "/spec/hosts")) {
      const std::string name = host.is_string() ? host.get<std::string>() : "";
      if (!is_dns_name(name) || !name.ends_with("." + suffix)) continue;
      for (const std::string& address : entry_addresses(entry)) {
        if (is_ipv4(address) || is_ipv6(address)) found[name].insert(address);
      }
    }
  }
  std::vector<DnsName> names;
  for (const auto& [name, addresses] : found)
    names.push_back({name, {addresses.begin(), addresses.end()}});
  return names;
}

std::string probe_name(const std::string& suffix) {
  return "kubectl-mesh." + suffix;
}

std::string version_name(const std::string& suffix, const std::vector<DnsName>& names) {
  return "v-" + hex(version(suffix, names)) + "." + probe_name(suffix);
}

std::string absent_name(const std::string& suffix) {
  return "not-exported." + probe_name(suffix);
}

std::string zone_text(const std::string& suffix, const std::vector<DnsName>& names) {
  const std::string ttl = " " + std::to_string(k_ttl) + " IN ";
  const auto serial = static_cast<std::uint32_t>(version(suffix, names));
  return suffix + "." + ttl + "SOA " + probe_name(suffix) + ". hostmaster." + suffix + ". " +
         std::to_string(serial) + " 7200 1800 86400 " + std::to_string(k_ttl) + "\n" +
         probe_name(suffix) + "." + ttl + "A " + k_probe_address + "\n" +
         version_name(suffix, names) + "." + ttl + "A " + k_probe_address + "\n" + records(names);
}

std::string server_corefile(const std::string& suffix) {
  return suffix +
         ":1053 {\n"
         "    errors\n"
         "    health :8080\n"
         "    ready :8181\n"
         "    file /etc/coredns/zone " +
         suffix +
         " {\n"
         "        reload 5s\n"
         "    }\n"
         "    reload 10s 2s\n"
         "}\n";
}

}  // namespace mesh::dns
