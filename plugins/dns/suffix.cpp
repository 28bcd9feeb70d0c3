#include "suffix.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace mesh::dns {

namespace {

constexpr std::size_t k_name_max = 253;
constexpr std::size_t k_label_max = 63;

// Top-level domains that people take for a private word. The list is no complete one: it names
// those that a mesh is likely to be called.
constexpr std::array<std::string_view, 30> k_public{
    "global", "app",  "apps", "bar",      "cloud", "company", "dev",    "games", "group", "host",
    "info",   "io",   "live", "network",  "net",   "one",     "online", "org",   "com",   "page",
    "place",  "prod", "run",  "services", "site",  "systems", "tech",   "work",  "world", "zone"};

/// Names with a meaning of their own, and what it is.
struct Reserved {
  std::string_view name;
  const char* why;
};
constexpr std::array<Reserved, 5> k_reserved{{
    {"clusterset.local", "the multi-cluster services API of Kubernetes answers it"},
    {"in-addr.arpa", "it holds reverse names"},
    {"ip6.arpa", "it holds reverse names"},
    {"localhost", "it means the machine itself"},
    {"invalid", "no name in it may ever exist"},
}};

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= k_label_max && label.front() != '-' &&
         label.back() != '-' &&
         label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == label.npos;
}

bool within(const std::string& name, const std::string& zone) {
  return name == zone || name.ends_with("." + zone);
}

[[noreturn]] void refuse_suffix(const std::string& suffix, const std::string& why) {
  throw Failure("invalid-input", "the suffix \"" + suffix + "\" " + why,
                "choose another one in mesh.yaml: suffix: mesh.internal");
}

bool address_of(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> buffer{};
  return ::inet_pton(family, text.c_str(), buffer.data()) == 1;
}

}  // namespace

bool is_dns_name(const std::string& text) {
  if (text.empty() || text.size() > k_name_max) return false;
  for (std::size_t begin = 0;;) {
    const std::size_t dot = text.find('.', begin);
    const std::size_t end = dot == std::string::npos ? text.size() : dot;
    if (!is_label(std::string_view(text).substr(begin, end - begin))) return false;
    if (dot == std::string::npos) return true;
    begin = dot + 1;
  }
}

bool is_ipv4(const std::string& text) {
  return address_of(AF_INET, text);
}

bool is_ipv6(const std::string& text) {
  return address_of(AF_INET6, text);
}

void require_suffix(const std::string& suffix, const std::string& cluster_domain) {
  if (!is_dns_name(suffix) || is_ipv4(suffix))
    refuse_suffix(suffix, "is no DNS name: small letters, digits and dashes, with dots between");
  if (within(cluster_domain, suffix))
    refuse_suffix(suffix,
                  "would take the cluster's own names away: its domain is " + cluster_domain);
  if (within(suffix, cluster_domain))
    refuse_suffix(suffix, "lies in the cluster's own domain " + cluster_domain);
  for (const Reserved& reserved : k_reserved) {
    const std::string name(reserved.name);
    if (within(suffix, name) || within(name, suffix))
      refuse_suffix(suffix, "cannot be: " + name + " is reserved, " + reserved.why);
  }
}

std::vector<Note> suffix_notes(const std::string& suffix) {
  if (std::find(k_public.begin(), k_public.end(), suffix) == k_public.end()) return {};
  return {{Severity::warning, "",
           "\"" + suffix +
               "\" is a real top-level domain: its names on the internet cannot be reached from "
               "the clusters any more; new meshes had better take mesh.internal"}};
}

}  // namespace mesh::dns
