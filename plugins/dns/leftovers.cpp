#include "leftovers.hpp"

#include <algorithm>
#include <set>

#include "corefile.hpp"
#include "look_up.hpp"
#include "marked_block.hpp"
#include "suffix.hpp"

namespace mesh::dns {

namespace {

void take_stub_domains(std::vector<Stub>& stubs, const ClusterFacts& facts) {
  const Json map = at(facts.objects, "/stubs");
  const std::string text = text_at(map, "/data/stubDomains");
  if (text.empty()) return;
  try {
    const Json domains = parse_json(text, "stubDomains");
    for (const auto& [zone, servers] : domains.items())
      stubs.push_back({zone, servers.get<std::vector<std::string>>(), object_name(map)});
  } catch (const std::exception&) {  // broken: the strategy says so when it is to edit it
  }
}

void take_server_blocks(std::vector<Stub>& stubs, const ClusterFacts& facts) {
  const Json config = at(facts.objects, "/config");
  Corefile file;
  try {
    file = parse_corefile(without_marked(text_at(config, "/data/Corefile")));
  } catch (const Failure&) {
    return;
  }
  for (const ServerBlock& block : file.blocks) {
    const Directive* forward = find_directive(block, "forward");
    if (forward == nullptr) forward = find_directive(block, "proxy");
    if (forward == nullptr || block.keys.empty()) continue;
    const std::string zone = parse_key(block.keys.front().text).zone;
    Stub stub{zone, {}, object_name(config)};
    for (std::size_t index = 2; index < forward->tokens.size(); ++index) {
      if (forward->tokens[index].text == "{") break;
      stub.targets.push_back(forward->tokens[index].text);
    }
    if (zone != ".") stubs.push_back(std::move(stub));
  }
}

std::set<std::string> service_addresses(const Json& services) {
  std::set<std::string> addresses;
  for (const Json& service : services) {
    for (const Json& address : list_at(service, "/spec/clusterIPs")) {
      if (address.is_string()) addresses.insert(address.get<std::string>());
    }
    addresses.insert(text_at(service, "/spec/clusterIP"));
  }
  return addresses;
}

/// Address without a port, in the first sixteen bits that all Services of a cluster share.
std::string network_of(const std::string& address) {
  const std::size_t dot = address.find('.');
  return address.substr(0, address.find('.', dot + 1));
}

}  // namespace

std::vector<Stub> stubs_of(const ClusterFacts& facts) {
  std::vector<Stub> stubs;
  take_stub_domains(stubs, facts);
  take_server_blocks(stubs, facts);
  return stubs;
}

std::vector<Note> leftovers(const ClusterFacts& facts, const std::string& suffix,
                            const Json& services, bool istiocoredns) {
  std::vector<Note> notes;
  if (istiocoredns)
    notes.push_back({Severity::warning, facts.cluster,
                     "istiocoredns runs in " + facts.name_space +
                         ": it is of the design of 2019, current Istio has no use for it"});
  const std::set<std::string> addresses = service_addresses(services);
  for (const Stub& stub : stubs_of(facts)) {
    for (const std::string& target : stub.targets) {
      const std::string address = target.substr(0, target.find(':'));
      if (!is_ipv4(address) || address == facts.server.address()) continue;
      const bool of_cluster = network_of(address) == network_of(facts.kubernetes);
      const bool dead = of_cluster && !services.empty() && !addresses.contains(address);
      if (dead || stub.zone == suffix)
        notes.push_back({Severity::warning, facts.cluster,
                         stub.where + " sends " + stub.zone + " to " + target +
                             (dead ? ", which is no Service any more" : ", which is not ours")});
    }
  }
  return notes;
}

}  // namespace mesh::dns
