#include "choose.hpp"

#include <algorithm>
#include <tuple>

namespace mesh::serviceentry {

namespace {

using State = ClusterGateway::State;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    if (to > from) words.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return words;
}

/// Why a Service cannot be reached from another cluster, and what to do; empty: it can.
struct Unfit {
  std::string why, hint;
};

/// Whether some gateway of the cluster knows the service: Istio shows it to these namespaces only.
bool shown_to_gateways(const SeenService& service, const std::vector<SeenGateway>& gateways) {
  const std::vector<std::string> places = words_of(service.export_to);
  return places.empty() || gateways.empty() ||
         std::any_of(places.begin(), places.end(), [&](const std::string& place) {
           return place == "*" ||
                  std::any_of(gateways.begin(), gateways.end(), [&](const SeenGateway& gateway) {
                    return gateway.name_space == (place == "." ? service.name_space : place);
                  });
         });
}

Unfit unfit(const SeenService& service, const std::vector<SeenGateway>& gateways) {
  if (service.ending) return {"is being deleted", "wait until it is gone, or name another"};
  if (service.stub)
    return {"stands for the one of " + service.from + ", and has no pods here",
            "export that one: --from " + service.from};
  if (service.type == "ExternalName")
    return {"is an ExternalName: nothing of this cluster stands behind it",
            "make a ServiceEntry for its target where it is needed"};
  if (service.headless)
    return {"is headless: the gateway leads to a Service, not to its single pods",
            "export a Service with a cluster address for the same pods"};
  if (service.selector.empty())
    return {"has no selector: what is behind it does not speak the mesh's mutual TLS",
            "export a Service that selects pods with a sidecar"};
  if (!shown_to_gateways(service, gateways))
    return {std::string("is not shown to the gateway: its annotation ") + k_export_to + " says \"" +
                service.export_to + "\"",
            "add the namespace of the gateway (" + gateways.front().name_space +
                ") to the annotation, or remove it"};
  return {};
}

class Chooser {
 public:
  Chooser(Choice& choice, const ExporterFacts& facts, const Wishes& wishes, const MeshView& mesh)
      : m_choice(choice), m_facts(facts), m_wishes(wishes), m_mesh(mesh) {}

  void choose() {
    std::set<std::string> named;
    for (const NamedExport& one : m_wishes.named) {
      if (one.cluster != m_facts.cluster) continue;
      named.insert(one.key());
      choose_named(one);
    }
    for (const auto& [key, service] : m_facts.services) {
      if (!named.contains(key)) choose_found(service);
    }
  }

 private:
  void choose_named(const NamedExport& wish) {
    if (m_facts.namespaces_ending.contains(wish.name_space))
      return refuse(wish.key(), "namespace " + wish.name_space + " is being deleted",
                    "take it out of " + wish.where);
    const auto found = m_facts.services.find(wish.key());
    if (found == m_facts.services.end())
      return refuse(wish.key(), "there is no Service " + wish.key() + " (" + wish.where + ")",
                    "kubectl --context " + m_facts.cluster + " get services -A");
    const SeenService& service = found->second;
    const Unfit fault = unfit(service, m_facts.gateways);
    if (!fault.why.empty())
      return refuse(wish.key(), "Service " + wish.key() + " " + fault.why, fault.hint);
    const std::vector<std::string> only = wish.ports.empty() ? words_of(service.only) : wish.ports;
    add(service, wish.alias.empty() ? service.alias : wish.alias, only, true);
  }

  /// What an annotation or a selector brings stops nobody else's export when it does not fit.
  void choose_found(const SeenService& service) {
    if (service.wants != "true" && !service.selected) {
      if (service.wants != "false")
        warn("Service " + service.key() + ": annotation " + k_export + " says \"" + service.wants +
             "\", not true or false: it is not exported");
      return;
    }
    if (service.wants == "false") return;
    const Unfit fault = unfit(service, m_facts.gateways);
    if (!fault.why.empty())
      return warn("Service " + service.key() + " is not exported: it " + fault.why + "; " +
                  fault.hint);
    add(service, service.alias, words_of(service.only), false);
  }

  void add(const SeenService& service, const std::string& alias,
           const std::vector<std::string>& only, bool named) {
    Export entry{.cluster = m_facts.cluster,
                 .name_space = service.name_space,
                 .service = service.name,
                 .host = alias.empty()
                             ? service.name + "." + service.name_space + "." + m_mesh.suffix
                             : alias,
                 .ports = {},
                 .identities = identities(service)};
    const std::string end = "." + m_mesh.suffix;
    if (!is_host(entry.host) || !entry.host.ends_with(end))
      return object(service, named, "the alias " + entry.host + " is no name below " + end,
                    "write a whole name: " + service.name + "." + service.name_space + end);
    for (const std::string& word : only) {
      const bool there =
          std::any_of(service.ports.begin(), service.ports.end(), [&](const SeenPort& port) {
            return port.name == word || std::to_string(port.number) == word;
          });
      if (!there) return object(service, named, "it has no port " + word, ports_hint(service));
    }
    for (const SeenPort& port : service.ports) add_port(entry, port, only);
    if (entry.ports.empty())
      return object(service, named, "it has no TCP port that the mesh could carry",
                    ports_hint(service));
    m_choice.exports.push_back(std::move(entry));
  }

  void add_port(Export& entry, const SeenPort& port, const std::vector<std::string>& only) {
    const std::string number = std::to_string(port.number);
    const bool wanted = only.empty() ||
                        std::find(only.begin(), only.end(), port.name) != only.end() ||
                        std::find(only.begin(), only.end(), number) != only.end();
    if (!wanted) return;
    const std::string where =
        "Service " + entry.name_space + "/" + entry.service + " port " + number;
    if (!port.transport.empty() && port.transport != "TCP")
      return warn(where + " is " + port.transport + ", which the gateway does not carry");
    std::string protocol = protocol_of(port.app_protocol, port.name, port.number);
    if (protocol.empty())
      warn(where +
           " names no protocol: Istio looks at the first bytes, which fails where the "
           "server speaks first; call it http-... or tcp-..., or set appProtocol");
    entry.ports.push_back({.number = port.number,
                           .name = port.name.empty() ? "port-" + number : port.name,
                           .protocol = std::move(protocol)});
  }

  std::vector<std::string> identities(const SeenService& service) const {
    std::set<std::string> all;
    for (const SeenPod& pod : m_facts.pods) {
      if (m_wishes.pin && pod.name_space == service.name_space &&
          matches(pod.labels, service.selector))
        all.insert("spiffe://" + m_mesh.trust_domain + "/ns/" + pod.name_space + "/sa/" +
                   pod.service_account);
    }
    return {all.begin(), all.end()};
  }

  static std::string ports_hint(const SeenService& service) {
    std::string text;
    for (const SeenPort& port : service.ports)
      text += (text.empty() ? "it has " : ", ") + std::to_string(port.number) +
              (port.name.empty() ? "" : " (" + port.name + ")");
    return text.empty() ? "give it a port" : text;
  }

  void object(const SeenService& service, bool named, const std::string& what,
              const std::string& hint) {
    const std::string text = "Service " + service.key() + " cannot be exported: " + what;
    if (named) return refuse(service.key(), text, hint);
    warn(text + "; " + hint);
  }

  void refuse(const std::string& key, const std::string& what, const std::string& hint) {
    m_choice.refusals.push_back(refusal(m_facts.cluster, "Service " + key, what, hint));
  }

  void warn(std::string text) {
    m_choice.notes.push_back({Severity::warning, m_facts.cluster, std::move(text)});
  }

  Choice& m_choice;
  const ExporterFacts& m_facts;
  const Wishes& m_wishes;
  const MeshView& m_mesh;
};

/// One name leads to one service: whose should it be?
void refuse_twins(Choice& choice) {
  const auto name = [](const Export& one) {
    return one.name_space + "/" + one.service + " of " + one.cluster;
  };
  for (std::size_t at = 1; at < choice.exports.size(); ++at) {
    const Export& one = choice.exports[at - 1];
    const Export& other = choice.exports[at];
    if (one.host != other.host) continue;
    choice.refusals.push_back(refusal(
        "", "ServiceEntry " + one.host,
        one.host + " would be the name of two services: " + name(one) + " and " + name(other),
        std::string("give one of them another with the annotation ") + k_alias +
            ", or export only one"));
  }
}

}  // namespace

Problem refusal(const std::string& cluster, const std::string& object, const std::string& what,
                const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = (cluster.empty() ? "" : cluster + ": ") + what;
  problem.hint = hint;
  problem.cluster = cluster;
  problem.object = object;
  return problem;
}

namespace {

/// Only a load balancer gets an address that is worth waiting for.
void take_place(ClusterGateway& gateway, const SeenGateway& seen) {
  const std::string name = seen.name_space + "/" + seen.name;
  gateway.name_space = seen.name_space;
  gateway.service = seen.name;
  if (seen.type == "LoadBalancer" || !seen.addresses.empty()) {
    gateway.state = State::pending;
    gateway.why = "has a gateway " + name + " without an address";
  } else {
    gateway.why = "has a gateway " + name + " of type " + seen.type +
                  ", which has no address of its own (--set node-ports=true takes the nodes')";
  }
}

}  // namespace

ClusterGateway gateway_of(const ExporterFacts& facts, const Member& member, const Wishes& wishes) {
  ClusterGateway gateway;
  gateway.cluster = facts.cluster;
  gateway.why = "has no Service labelled " + std::string(k_network) + "=" + member.network;
  for (const SeenGateway& seen : facts.gateways) {
    if (seen.network != member.network) {
      if (gateway.service.empty())
        gateway.why += "; " + seen.name_space + "/" + seen.name + " is of network " + seen.network;
      continue;
    }
    if (seen.port == 0) {
      gateway.why = "has a gateway " + seen.name_space + "/" + seen.name + " without port " +
                    std::to_string(k_gateway_port);
      continue;
    }
    if (gateway.service.empty()) take_place(gateway, seen);
    for (const std::string& address : seen.addresses)
      gateway.addresses.push_back({address, seen.port});
    if (seen.addresses.empty() && wishes.node_ports && seen.node_port != 0) {
      for (const std::string& address : facts.node_addresses)
        gateway.addresses.push_back({address, seen.node_port});
    }
  }
  const auto given = wishes.addresses.find(member.name);
  if (given != wishes.addresses.end()) gateway.addresses = given->second;
  if (!gateway.addresses.empty()) {
    gateway.state = State::ready;
    gateway.why.clear();
  }
  return gateway;
}

Choice choose(const std::vector<ExporterFacts>& all, const Wishes& wishes, const MeshView& mesh) {
  Choice choice;
  for (const ExporterFacts& facts : all) {
    if (facts.unseen) {
      choice.unseen.push_back(facts.cluster);
      continue;
    }
    if (facts.problem) {
      choice.refusals.push_back(*facts.problem);
      continue;
    }
    Chooser(choice, facts, wishes, mesh).choose();
    choice.gateways.push_back(gateway_of(facts, mesh.member(facts.cluster), wishes));
  }
  std::sort(choice.exports.begin(), choice.exports.end(), [](const Export& a, const Export& b) {
    return std::tie(a.host, a.cluster) < std::tie(b.host, b.cluster);
  });
  if (!wishes.merged) refuse_twins(choice);
  return choice;
}

}  // namespace mesh::serviceentry
